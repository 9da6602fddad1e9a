import { useEffect, useId, useRef } from "preact/hooks";
import type { KnownRecord } from "../server/calls.ts";
import { WORDS } from "../words.ts";
import { conditionsOf, type Filters, filtersOf } from "./conditions.ts";

interface FilterFieldsProps {
  /** What it is about; two on a page have two. */
  readonly title: string;
  readonly where: readonly string[];
  /** Of which values are proposed. */
  readonly records: readonly KnownRecord[];
  readonly onChange: (where: readonly string[]) => void;
}

/** What a record must be to be shown. */
export function FilterFields({ title, where, records, onChange }: FilterFieldsProps) {
  const filters = filtersOf(where);
  const change = (changed: Partial<Filters>) => onChange(conditionsOf({ ...filters, ...changed }));
  const labels = records.flatMap(({ labels }) => Object.entries(labels).map(([name, value]) => `${name}=${value}`));
  const { modality, bodyPart, label, labelHint, since, any, clear } = WORDS.search;
  return (
    <fieldset class="filters">
      <legend>{title}</legend>
      <Proposed
        label={modality}
        hint={any}
        value={filters.modality}
        values={records.map(({ facts }) => facts.modality ?? "")}
        onValue={(value) => change({ modality: value })}
      />
      <Proposed
        label={bodyPart}
        hint={any}
        value={filters.bodyPart}
        values={records.map(({ facts }) => facts.bodyPart ?? "")}
        onValue={(value) => change({ bodyPart: value })}
      />
      <Proposed
        label={label}
        hint={labelHint}
        value={filters.label}
        values={labels}
        onValue={(value) => change({ label: value })}
      />
      <label>
        <span>{since}</span>
        <input
          type="date"
          value={filters.since}
          onChange={({ currentTarget }) => change({ since: currentTarget.value })}
        />
      </label>
      {where.length > 0 && (
        <button type="button" onClick={() => onChange([])}>
          {clear}
        </button>
      )}
    </fieldset>
  );
}

interface ProposedProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly onValue: (value: string) => void;
}

function Proposed({ label, hint, value, values, onValue }: ProposedProps) {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current!.value = value; // not with each rendering: what is being typed stays when proposals arrive
  }, [value]);
  const proposed = [...new Set(values)].filter((one) => one !== "").sort();
  return (
    <label>
      <span>{label}</span>
      <input
        ref={input}
        placeholder={hint}
        list={list}
        onChange={({ currentTarget }) => onValue(currentTarget.value.trim())}
      />
      <datalist id={list}>
        {proposed.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </label>
  );
}
