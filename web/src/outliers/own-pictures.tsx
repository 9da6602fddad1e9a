import { useEffect, useState } from "preact/hooks";
import { ChosenCard } from "../parts/chosen-card.tsx";
import { type ChosenImage, chooseImage } from "../parts/chosen-image.ts";
import { ImagePicker } from "../parts/image-picker.tsx";
import { Progress } from "../parts/progress.tsx";
import { RecordPicture } from "../parts/record-picture.tsx";
import { nameOf } from "../parts/record-words.ts";
import { type JudgedPicture, judgePictures, methodOf } from "../server/outliers.ts";
import { address } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";

const SMALL = [320];

/** Pictures of the user's own against the same reference; nothing of them is stored. @param threshold where the line is */
export function OwnPictures({ threshold }: { readonly threshold: number }) {
  const { name } = library.value!;
  const { reference, method } = address.value;
  const work = useWork();
  const [images, setImages] = useState<readonly ChosenImage[]>([]);
  const [judged, setJudged] = useState<ReadonlyMap<ChosenImage, JudgedPicture>>(new Map());
  useEffect(() => {
    const waiting = images.filter((image) => !judged.has(image));
    if (waiting.length === 0) return;
    work.start(async (signal) => {
      const asked = { reference, method: methodOf(method) };
      const outcomes = await judgePictures(
        name,
        asked,
        waiting.map(({ base64 }) => base64),
        signal,
      );
      setJudged(new Map([...judged, ...waiting.map((image, i) => [image, outcomes[i]] as const)]));
    });
  }, [images]);
  const pick = async (files: readonly File[]) => {
    const chosen = await Promise.all(files.map(chooseImage));
    setImages((before) => [...before, ...chosen]);
  };
  return (
    <section class="own-pictures">
      <h2>{WORDS.outliers.own}</h2>
      <ImagePicker isMultiple takesVolumes onPick={pick} />
      <Progress work={work} label={WORDS.outliers.working(0)} />
      <ul>
        {images.map((image) => (
          <OwnPicture
            key={image}
            image={image}
            judged={judged.get(image)}
            threshold={threshold}
            onRemove={() => setImages(images.filter((other) => other !== image))}
          />
        ))}
      </ul>
    </section>
  );
}

interface OwnPictureProps {
  readonly image: ChosenImage;
  readonly judged: JudgedPicture | undefined;
  readonly threshold: number;
  readonly onRemove: () => void;
}

function OwnPicture({ image, judged, threshold, onRemove }: OwnPictureProps) {
  const { score, p, nearest, isAbove, isBelow } = WORDS.outliers;
  const refused = judged && "refused" in judged ? judged.refused : undefined;
  const found = judged && "nearest" in judged ? judged : undefined;
  const beside = found && <RecordPicture id={found.nearest.id} sizes={SMALL} alt="" />;
  return (
    <ChosenCard image={image} beside={beside} refused={refused} onRemove={onRemove}>
      {found && (
        <>
          <p>{`${score} ${found.score.toFixed(3)}, ${found.score > threshold ? isAbove : isBelow} · ${p(found.p)}`}</p>
          <p class="hint">{nearest(nameOf(found.nearest))}</p>
        </>
      )}
    </ChosenCard>
  );
}
