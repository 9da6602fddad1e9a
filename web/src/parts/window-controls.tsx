import { CT_WINDOWS } from "../../../src/profiles/renderings/ct-windows.ts";
import type { RecordPicture, WindowSize } from "../server/pictures.ts";
import { WORDS } from "../words.ts";
import type { LargePicture } from "./large-picture.ts";

/** From here on values are whole numbers to those who look at them. */
const WHOLE_FROM = 100;
/** A window may be so many times as wide as the values reach: all of them in soft grays. */
const WIDEST = 2;
const NARROWEST = 1 / 1_000;

/** Window and slice of a picture that has them; what it shows at first is what its vector was made of. */
export function WindowControls({ picture }: { readonly picture: LargePicture }) {
  const { shown, wanted, want } = picture;
  const { grays, slices } = shown ?? {};
  const words = WORDS.window;
  const hasSlices = slices !== undefined && slices.count > 1;
  if (!grays && !hasSlices) return null;
  return (
    <fieldset class="window-controls">
      <legend>{grays ? words.title : words.slice}</legend>
      {hasSlices && (
        <Slider
          label={words.slice}
          value={wanted.slice ?? slices.shown}
          text={words.sliceOf(wanted.slice ?? slices.shown, slices.count)}
          min={1}
          max={slices.count}
          step={1}
          onValue={(slice) => want({ slice })}
        />
      )}
      {grays && <GraysControls grays={grays} chosen={wanted.window} onChoose={(window) => want({ window })} />}
    </fieldset>
  );
}

interface GraysControlsProps {
  readonly grays: NonNullable<RecordPicture["grays"]>;
  readonly chosen: WindowSize | undefined;
  /** @param window undefined: what the vector was made of */
  readonly onChoose: (window: WindowSize | undefined) => void;
}

function GraysControls({ grays, chosen, onChoose }: GraysControlsProps) {
  const { low, high, isHounsfield } = grays;
  const { center, width } = chosen ?? grays.window;
  const span = high - low || 1;
  const step = span >= WHOLE_FROM ? 1 : "any";
  const words = WORDS.window;
  return (
    <>
      <Slider
        label={words.center}
        value={center}
        text={measure(center, isHounsfield)}
        min={Math.min(low, center)}
        max={Math.max(high, center)}
        step={step}
        onValue={(value) => onChoose({ center: value, width })}
      />
      <Slider
        label={words.width}
        value={width}
        text={measure(width, isHounsfield)}
        min={Math.min(step === 1 ? 1 : span * NARROWEST, width)}
        max={Math.max(span * WIDEST, width)}
        step={step}
        onValue={(value) => onChoose({ center, width: value })}
      />
      <div class="actions">
        {isHounsfield &&
          Object.entries(CT_WINDOWS).map(([name, window]) => (
            <button key={name} type="button" onClick={() => onChoose(window)}>
              {words.presets[name as keyof typeof CT_WINDOWS]}
            </button>
          ))}
        <button type="button" disabled={chosen === undefined} onClick={() => onChoose(undefined)}>
          {words.reset}
        </button>
      </div>
      <small class="hint">{words.hint}</small>
    </>
  );
}

function measure(value: number, isHounsfield: boolean): string {
  return `${Number(value.toPrecision(4))}${isHounsfield ? " HU" : ""}`;
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly min: number;
  readonly max: number;
  readonly step: number | "any";
  readonly onValue: (value: number) => void;
}

function Slider({ label, value, text, min, max, step, onValue }: SliderProps) {
  return (
    <label class="slider">
      <span>{label}</span>
      <span class="value" aria-hidden="true">
        {text}
      </span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={text}
        onInput={({ currentTarget }) => onValue(Number(currentTarget.value))}
      />
    </label>
  );
}
