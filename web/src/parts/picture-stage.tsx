import { useRef } from "preact/hooks";
import type { WindowSize } from "../server/pictures.ts";
import type { LargePicture } from "./large-picture.ts";

/** A drag over the whole picture moves the window by so much of what the values reach. */
const SHARE_A_DRAG = 1;

interface PictureStageProps {
  readonly picture: LargePicture;
  readonly alt: string;
}

/** The picture itself: of grays, a drag up and down moves the centre of the window, to the right makes it wider; the wheel goes through slices. */
export function PictureStage({ picture, alt }: PictureStageProps) {
  const { shown, missing, wanted, want } = picture;
  const drag = useRef<{ readonly x: number; readonly y: number; readonly window: WindowSize } | undefined>(undefined);
  const grays = shown?.grays;
  const begin = (event: PointerEvent) => {
    if (!grays) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, window: wanted.window ?? grays.window };
  };
  const move = (event: PointerEvent) => {
    if (!drag.current || !grays) return;
    const { clientWidth, clientHeight } = event.currentTarget as Element;
    const { x, y, window } = drag.current;
    const span = (grays.high - grays.low || 1) * SHARE_A_DRAG;
    const center = window.center + ((event.clientY - y) / clientHeight) * span;
    const width = Math.max(span / 1_000, window.width + ((event.clientX - x) / clientWidth) * span);
    want({ window: { center: rounded(center, span), width: rounded(width, span) } });
  };
  const turnWheel = (event: WheelEvent) => {
    const slices = shown?.slices;
    if (!slices || slices.count < 2) return;
    event.preventDefault();
    const next = (wanted.slice ?? slices.shown) + Math.sign(event.deltaY);
    want({ slice: Math.min(slices.count, Math.max(1, next)) });
  };
  return (
    <div
      class={grays ? "stage windowed" : "stage"}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={() => {
        drag.current = undefined;
      }}
      onPointerCancel={() => {
        drag.current = undefined;
      }}
      onWheel={turnWheel}
    >
      <span class="picture">
        {shown && missing === undefined && <img src={shown.url} alt={alt} draggable={false} />}
        {missing !== undefined && (
          <span class="missing" role="alert">
            {missing}
          </span>
        )}
      </span>
    </div>
  );
}

/** As finely as a thousandth of what the values reach can be told. */
function rounded(value: number, span: number): number {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(span)));
  return Number(value.toFixed(Math.min(digits, 12)));
}
