export type { Plane } from "../formats/volume/orientation.ts";
export type { Finding, FindingCode } from "../formats/volume/volume.ts";
export { AGGREGATES, type AggregateName, aggregate, beginAggregate, normalised } from "./volumes/aggregate.ts";
export type { SliceChoice } from "./volumes/choose-slices.ts";
export {
  type EmbeddedSlice,
  embedSlices,
  embedVolume,
  type SliceOptions,
  type SliceReport,
  type VolumeOptions,
  type VolumeVector,
} from "./volumes/embed-volume.ts";
export { type RankedVolume, type SliceHit, type VotingName, voteForVolumes } from "./volumes/slice-voting.ts";
export { zeroShotScores } from "./zero-shot.ts";
