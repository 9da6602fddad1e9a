export type { Plane } from "../formats/volume/orientation.ts";
export type { Finding, FindingCode } from "../formats/volume/volume.ts";
export { Adapter, type AdapterCard, type TrainingRecord } from "./adapters/adapter.ts";
export { openAdapter, saveAdapter } from "./adapters/adapter-files.ts";
export { fromStateDict, toStateDict } from "./adapters/state-dict.ts";
export {
  crossValidate,
  type TrainingSet,
  type TrainOptions,
  trainAdapter,
  withOperatingPoints,
} from "./adapters/train-adapter.ts";
export { applyIsotonic, fitIsotonic, type IsotonicFit } from "./calibration/isotonic.ts";
export { fitTemperature, withTemperature } from "./calibration/temperature.ts";
export { CATALOGUE, type CatalogueEntry } from "./catalogue/catalogue.ts";
export { findLabels, type LabelQuery, labelSet } from "./catalogue/find-labels.ts";
export {
  CLASSIFIER_FIGURES,
  type ClassifierFigure,
  type ClassifierReport,
  type ClassReport,
  classifierFigures,
  evaluateClassifier,
} from "./evaluate-classifier.ts";
export {
  evaluateLabels,
  LABEL_FIGURES,
  type LabelFigure,
  type LabelReport,
  type LabelsReport,
  type LabelTruths,
} from "./evaluate-labels.ts";
export { type TagAudit, TagCounter } from "./exam-parameters/audit.ts";
export { type Disagreement, findDisagreements } from "./exam-parameters/disagreements.ts";
export {
  type ExamAnswer,
  ExamPredictor,
  type ExamSettings,
  type NumberAnswer,
  type Spreads,
} from "./exam-parameters/exam-predictor.ts";
export { type ExamExamples, readExamples } from "./exam-parameters/examples.ts";
export { fitExamPredictor } from "./exam-parameters/fit-exam-predictor.ts";
export { type ExamFigures, measureExamPredictor } from "./exam-parameters/measure-exam-predictor.ts";
export type { LabelAnswer } from "./exam-parameters/neighbour-votes.ts";
export { poolSeries } from "./exam-parameters/pool-series.ts";
export { openPredictor, savePredictor } from "./exam-parameters/predictor-files.ts";
export { REGIONS, regionOf, SEQUENCE_RULES, sequenceOf } from "./exam-parameters/rules.ts";
export { LABEL_TARGETS, NUMBER_TARGETS, type NumberTarget } from "./exam-parameters/targets.ts";
export {
  classWeightsOf,
  type Epoch,
  type Head,
  type HeadKind,
  type Tensor,
  type Tensors,
  type TrainingData,
} from "./heads/head.ts";
export { HEADS, type HeadName } from "./heads/kinds.ts";
export { type JoinedLabels, joinLabels, type LabelRow } from "./join-labels.ts";
export type { LabelledVectors } from "./labelled-vectors.ts";
export { argmaxRows, type Matrix, sigmoidRows, softmaxRows, stack } from "./matrix.ts";
export {
  type BootstrapOptions,
  differenceOf,
  type Estimate,
  estimateEach,
  type Figures,
  meanOf,
  type Sampled,
  type Statistic,
  sample,
  sampleEach,
} from "./metrics/bootstrap.ts";
export {
  brierScore,
  type CalibrationBin,
  calibrationCurve,
  expectedCalibrationError,
  multiclassBrierScore,
} from "./metrics/calibration.ts";
export { conformalPValues } from "./metrics/conformal.ts";
export {
  accuracy,
  balancedAccuracy,
  type ClassificationScores,
  type ClassScores,
  type ConfusionMatrix,
  classificationScores,
  confusionMatrix,
  matthewsCorrelation,
  shareOfTruths,
} from "./metrics/confusion.ts";
export { kolmogorovSmirnov, type TestResult } from "./metrics/kolmogorov-smirnov.ts";
export {
  averagePrecision,
  meanAveragePrecision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
} from "./metrics/precision-recall.ts";
export { type CutCounts, countCuts, type RankedScores, rankClasses, rankScores } from "./metrics/ranking.ts";
export { meanAbsoluteError, meanAbsoluteLogError } from "./metrics/regression.ts";
export {
  averagePrecisionAt,
  hitAt,
  indexRecall,
  meanOfQueries,
  precisionAt,
  type Relevance,
  recallAt,
} from "./metrics/retrieval.ts";
export {
  areaUnderCurve,
  falsePositiveRateAt,
  meanAreaUnderCurve,
  type RocCurve,
  rocCurve,
} from "./metrics/roc.ts";
export type { RowWeights } from "./metrics/row-weights.ts";
export { quantile } from "./metrics/sorted.ts";
export { calibrationErrorOf, meanAreaOf, ofGuesses } from "./metrics/statistics.ts";
export {
  concordanceIndex,
  type FollowUp,
  kaplanMeier,
  logRankTest,
  medianSplitAccuracy,
  type SurvivalStep,
} from "./metrics/survival.ts";
export { type NearestRows, nearestByDistance } from "./nearest-by-distance.ts";
export type { NeighbourOptions } from "./nearest-neighbours.ts";
export {
  findOperatingPoints,
  measureThresholds,
  OPERATING_POINTS,
  type OperatingPoint,
  type OperatingPointName,
} from "./operating-points/operating-points.ts";
export { type PredictiveValues, predictiveValues } from "./operating-points/predictive-values.ts";
export {
  type CallThresholds,
  callThreeWay,
  isNeverPossible,
  type ThreeWayCall,
} from "./operating-points/three-way-call.ts";
export {
  bestF1Threshold,
  figuresAt,
  sensitivityThreshold,
  specificityThreshold,
  type ThresholdFigures,
  youdenThreshold,
} from "./operating-points/thresholds.ts";
export { type Bucket, compareBuckets, type JudgedRow } from "./outliers/drift.ts";
export { fitMahalanobis, type MahalanobisFit } from "./outliers/mahalanobis.ts";
export {
  fitOutlierDetector,
  type Judgement,
  OUTLIER_METHODS,
  type OutlierDetector,
  type OutlierMethod,
  type OutlierOptions,
  type OutlierScores,
} from "./outliers/outlier-detector.ts";
export type { ReferenceSet } from "./outliers/reference-set.ts";
export {
  alphaThreshold,
  type LabelledThreshold,
  labelledThreshold,
  type OutlierThreshold,
  outlierCuts,
  smallestAlpha,
} from "./outliers/thresholds.ts";
export {
  type JudgedVector,
  judgeVectors,
  type MethodThreshold,
  type MethodThresholds,
  methodThresholds,
  type Verdict,
} from "./outliers/verdicts.ts";
export { PROJECTIONS, type ProjectionName, project } from "./projection/project.ts";
export { projectInThread } from "./projection/projection.ts";
export {
  evaluateRetrieval,
  RETRIEVAL_FIGURES,
  type RetrievalFigure,
  type RetrievalMeans,
  type RetrievalReport,
} from "./retrieval/evaluate-retrieval.ts";
export { type FoundItems, type RankOptions, type RetrievalItems, rankGallery } from "./retrieval/rank-gallery.ts";
export { rankVolumes, type SlicedVolume } from "./retrieval/rank-volumes.ts";
export { type Split, splitIntoFolds, splitThreeWays } from "./split-by-group.ts";
export { bandOf, compareSubgroups, type Subgroup, type SubgroupFigure } from "./subgroups.ts";
export { readTensors, writeTensors } from "./tensor-folder.ts";
export { collectVectors, type DescribedVectors, type VectorSet } from "./vector-set.ts";
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
export { fillTemplate, type LabelText, promptLabels } from "./zero-shot/fill-templates.ts";
export { unknownToModel } from "./zero-shot/knowledge.ts";
export {
  embedLabels,
  ensembleVector,
  type LabelVectors,
  zeroShotLogits,
  zeroShotProbabilities,
} from "./zero-shot/label-vectors.ts";
export { promptWarnings } from "./zero-shot/prompt-warnings.ts";
export { type PromptedLabel, requireDistinct } from "./zero-shot/prompted-label.ts";
