import { OwnPictures } from "../parts/own-pictures.tsx";
import { RecordPicture } from "../parts/record-picture.tsx";
import { nameOf } from "../parts/record-words.ts";
import { type JudgedPicture, judgePictures, methodOf } from "../server/outliers.ts";
import { address } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { WORDS } from "../words.ts";

const SMALL = [320];

/** Pictures of the user's own against the same reference. @param threshold where the line is */
export function JudgedPictures({ threshold }: { readonly threshold: number }) {
  const { name } = library.value!;
  const { reference, method } = address.value;
  const { own, working, score, p, nearest, isAbove, isBelow } = WORDS.outliers;
  return (
    <OwnPictures<JudgedPicture>
      title={own}
      working={working(0)}
      onAsk={(images, signal) => judgePictures(name, { reference, method: methodOf(method) }, images, signal)}
      beside={(found) => <RecordPicture id={found.nearest.id} sizes={SMALL} alt="" />}
    >
      {(found) => (
        <>
          <p>{`${score} ${found.score.toFixed(3)}, ${found.score > threshold ? isAbove : isBelow} · ${p(found.p)}`}</p>
          <p class="hint">{nearest(nameOf(found.nearest))}</p>
        </>
      )}
    </OwnPictures>
  );
}
