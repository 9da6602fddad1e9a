interface CountsProps {
  /** By what they are. */
  readonly facts: readonly (readonly [name: string, value: string | number])[];
}

/** Figures with their names. */
export function Counts({ facts }: CountsProps) {
  return (
    <dl class="queue-counts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === "number" ? value.toLocaleString("en") : value}</dd>
        </div>
      ))}
    </dl>
  );
}
