interface TableHeadProps {
  readonly titles: readonly string[];
}

/** The names of a table's columns. */
export function TableHead({ titles }: TableHeadProps) {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th key={title} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}
