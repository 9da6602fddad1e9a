import { useState } from "preact/hooks";
import type { LabelCount, TrainedHead, TrainingRequest } from "../server/adapters.ts";
import { WORDS } from "../words.ts";

const HEADS = Object.keys(WORDS.adapters.headNames) as TrainedHead[];
/** Those that are trained in epochs. */
const IN_EPOCHS: readonly TrainedHead[] = ["adapter-network", "mlp"];
/** As the published network was trained. */
const EPOCHS = 30;
const MAX_EPOCHS = 1_000;

interface TrainingFormProps {
  readonly labels: readonly LabelCount[];
  readonly onTrain: (request: TrainingRequest) => void;
}

/** What is trained, and on which records. */
export function TrainingForm({ labels, onTrain }: TrainingFormProps) {
  const words = WORDS.adapters;
  const [label, setLabel] = useState(labels[0].name);
  const [shares, setShares] = useState({ train: 60, validation: 20 });
  const [heads, setHeads] = useState<readonly TrainedHead[]>(["logistic-regression"]);
  const [epochs, setEpochs] = useState(EPOCHS);
  const [seed, setSeed] = useState(0);
  const [isBalanced, setBalanced] = useState(false);
  const test = 100 - shares.train - shares.validation;
  const isSplit = shares.train > 0 && shares.validation > 0 && test >= 0;
  const fault = heads.length === 0 ? words.noHead : isSplit ? undefined : words.badSplit;
  const submit = (event: Event) => {
    event.preventDefault();
    onTrain({
      label,
      heads,
      split: { ...shares, test },
      classWeights: isBalanced ? "balanced" : "none",
      seed,
      ...(heads.some((head) => IN_EPOCHS.includes(head)) && { epochs }),
    });
  };
  return (
    <form class="training" onSubmit={submit}>
      <label>
        <span>{words.label}</span>
        <select value={label} onChange={({ currentTarget }) => setLabel(currentTarget.value)}>
          {labels.map(({ name, different, records }) => (
            <option key={name} value={name}>
              {`${name}: ${words.values(different, records)}`}
            </option>
          ))}
        </select>
      </label>
      <fieldset>
        <legend>{words.split}</legend>
        <div class="shares">
          {(["train", "validation"] as const).map((part) => (
            <label key={part}>
              <span>{`${words.parts[part]}, ${words.percent}`}</span>
              <input
                type="number"
                min={1}
                max={99}
                required
                value={shares[part]}
                onInput={({ currentTarget }) => setShares({ ...shares, [part]: currentTarget.valueAsNumber || 0 })}
              />
            </label>
          ))}
          <p>
            <span>{`${words.parts.test}, ${words.percent}`}</span>
            <strong>{Math.max(0, test)}</strong>
          </p>
        </div>
        <p class="hint">{words.patients}</p>
      </fieldset>
      <fieldset>
        <legend>{words.heads}</legend>
        {HEADS.map((head) => (
          <label key={head} class="check">
            <input
              type="checkbox"
              checked={heads.includes(head)}
              onChange={({ currentTarget }) =>
                setHeads(HEADS.filter((other) => (other === head ? currentTarget.checked : heads.includes(other))))
              }
            />
            <span>{words.headNames[head]}</span>
          </label>
        ))}
      </fieldset>
      <div class="shares">
        {heads.some((head) => IN_EPOCHS.includes(head)) && (
          <label>
            <span>{words.epochs}</span>
            <input
              type="number"
              min={1}
              max={MAX_EPOCHS}
              required
              value={epochs}
              onInput={({ currentTarget }) => setEpochs(currentTarget.valueAsNumber || 1)}
            />
          </label>
        )}
        <label>
          <span>{words.seed}</span>
          <input
            type="number"
            min={0}
            max={2 ** 29}
            required
            value={seed}
            onInput={({ currentTarget }) => setSeed(currentTarget.valueAsNumber || 0)}
          />
        </label>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={isBalanced}
          onChange={({ currentTarget }) => setBalanced(currentTarget.checked)}
        />
        <span>{words.balanced}</span>
      </label>
      <button type="submit" class="main" disabled={fault !== undefined} aria-describedby="training-fault">
        {words.run}
      </button>
      <p id="training-fault" class="hint">
        {fault}
      </p>
    </form>
  );
}
