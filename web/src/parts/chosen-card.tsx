import type { ComponentChildren } from "preact";
import { WORDS } from "../words.ts";
import type { ChosenImage } from "./chosen-image.ts";

interface ChosenCardProps {
  readonly image: ChosenImage;
  /** A picture to compare it with. */
  readonly beside?: ComponentChildren;
  /** Why nothing became of it. */
  readonly refused: string | undefined;
  readonly onRemove: () => void;
  /** What became of it. */
  readonly children: ComponentChildren;
}

/** An image that was chosen, in a list, with what became of it. */
export function ChosenCard({ image: { name, url }, beside, refused, onRemove, children }: ChosenCardProps) {
  return (
    <li>
      <span class="picture">
        {url ? <img src={url} alt="" /> : <span class="missing">{WORDS.pick.noPreview}</span>}
      </span>
      {beside}
      <div>
        <p class="heading">
          <strong>{name}</strong>
          <button type="button" aria-label={WORDS.classify.remove(name)} onClick={onRemove}>
            ×
          </button>
        </p>
        {refused !== undefined && (
          <p class="failed" role="alert">
            {refused}
          </p>
        )}
        {children}
      </div>
    </li>
  );
}
