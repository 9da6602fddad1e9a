import { CallBadge } from "../parts/call-badge.tsx";
import { ChosenCard } from "../parts/chosen-card.tsx";
import type { ChosenImage } from "../parts/chosen-image.ts";
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
  const refused = outcome && "refused" in outcome ? outcome.refused : undefined;
  return (
    <ChosenCard image={image} refused={refused} onRemove={onRemove}>
      {outcome && "shares" in outcome && (
        <table class="bars">
          <caption class="unseen">{image.name}</caption>
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
    </ChosenCard>
  );
}
