import { CallBadge } from "../parts/call-badge.tsx";
import type { ChosenImage } from "../parts/chosen-image.ts";
import { WORDS } from "../words.ts";
import type { LabelShare } from "./zero-shot.ts";

/** What became of an image. */
export type Outcome = { readonly shares: readonly LabelShare[] } | { readonly refused: string };

interface ClassifiedImageProps {
  readonly image: ChosenImage;
  readonly outcome: Outcome | undefined;
  readonly onRemove: () => void;
}

/** An image with a bar for each label, or why it cannot be classified. */
export function ClassifiedImage({ image, outcome, onRemove }: ClassifiedImageProps) {
  const { name, url } = image;
  return (
    <li>
      <span class="picture">
        {url ? <img src={url} alt="" /> : <span class="missing">{WORDS.pick.noPreview}</span>}
      </span>
      <div>
        <p class="heading">
          <strong>{name}</strong>
          <button type="button" aria-label={WORDS.classify.remove(name)} onClick={onRemove}>
            ×
          </button>
        </p>
        {outcome && "refused" in outcome && (
          <p class="failed" role="alert">
            {outcome.refused}
          </p>
        )}
        {outcome && "shares" in outcome && (
          <table class="bars">
            <caption class="unseen">{name}</caption>
            <tbody>
              {outcome.shares.map(({ label, share, call }, i) => (
                <tr key={label} class={`${i === 0 ? "best" : ""} ${call ?? ""}`}>
                  <th scope="row">
                    {label} {call && <CallBadge call={call} />}
                  </th>
                  <td>
                    <meter aria-label={label} value={share} />
                  </td>
                  <td>{`${(100 * share).toFixed(1)} %`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </li>
  );
}
