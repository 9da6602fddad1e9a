import { useEffect, useState } from "preact/hooks";
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

function OwnPicture({ image: { name, url }, judged, threshold, onRemove }: OwnPictureProps) {
  const { score, p, nearest, isAbove, isBelow } = WORDS.outliers;
  return (
    <li>
      <span class="picture">
        {url ? <img src={url} alt="" /> : <span class="missing">{WORDS.pick.noPreview}</span>}
      </span>
      {judged && "nearest" in judged && <RecordPicture id={judged.nearest.id} sizes={SMALL} alt="" />}
      <div>
        <p class="heading">
          <strong>{name}</strong>
          <button type="button" aria-label={WORDS.classify.remove(name)} onClick={onRemove}>
            ×
          </button>
        </p>
        {judged && "refused" in judged && (
          <p class="failed" role="alert">
            {judged.refused}
          </p>
        )}
        {judged && "nearest" in judged && (
          <>
            <p>{`${score} ${judged.score.toFixed(3)}, ${judged.score > threshold ? isAbove : isBelow} · ${p(judged.p)}`}</p>
            <p class="hint">{nearest(nameOf(judged.nearest))}</p>
          </>
        )}
      </div>
    </li>
  );
}
