import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Outcome } from "../server/outcome.ts";
import { useWork } from "../state/work.ts";
import { ChosenCard } from "./chosen-card.tsx";
import { type ChosenImage, chooseImage } from "./chosen-image.ts";
import { ImagePicker } from "./image-picker.tsx";
import { Progress } from "./progress.tsx";

interface OwnPicturesProps<Found> {
  readonly title: string;
  /** What is being done once pictures are chosen. */
  readonly working: string;
  readonly class?: string;
  /** @param images base64 of files @returns one each, in order */
  readonly onAsk: (images: readonly string[], signal: AbortSignal) => Promise<readonly Outcome<Found>[]>;
  /** A picture to compare one with. */
  readonly beside: (found: Found) => ComponentChildren;
  readonly children: (found: Found) => ComponentChildren;
}

/** Pictures of the user's own, of which something is found out; nothing of them is stored. */
export function OwnPictures<Found>(props: OwnPicturesProps<Found>) {
  const { title, working, class: kind = "", onAsk, beside, children } = props;
  const work = useWork();
  const [images, setImages] = useState<readonly ChosenImage[]>([]);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<ChosenImage, Outcome<Found>>>(new Map());
  useEffect(() => {
    const waiting = images.filter((image) => !outcomes.has(image));
    if (waiting.length === 0) return;
    work.start(async (signal) => {
      const answers = await onAsk(
        waiting.map(({ base64 }) => base64),
        signal,
      );
      setOutcomes(new Map([...outcomes, ...waiting.map((image, i) => [image, answers[i]] as const)]));
    });
  }, [images]);
  const pick = async (files: readonly File[]) => {
    const chosen = await Promise.all(files.map(chooseImage));
    setImages((before) => [...before, ...chosen]);
  };
  return (
    <section class={`own-pictures ${kind}`}>
      <h2>{title}</h2>
      <ImagePicker isMultiple takesVolumes onPick={pick} />
      <Progress work={work} label={working} />
      <ul>
        {images.map((image) => {
          const outcome = outcomes.get(image);
          const found = outcome && "found" in outcome ? outcome.found : undefined;
          return (
            <ChosenCard
              key={image}
              image={image}
              beside={found && beside(found)}
              refused={outcome && "refused" in outcome ? outcome.refused : undefined}
              onRemove={() => setImages(images.filter((other) => other !== image))}
            >
              {found && children(found)}
            </ChosenCard>
          );
        })}
      </ul>
    </section>
  );
}
