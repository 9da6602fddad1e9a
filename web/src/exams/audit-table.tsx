import { TableHead } from "../parts/table-head.tsx";
import { WORDS } from "../words.ts";
import { fieldName } from "./field-words.ts";
import type { FieldAudit } from "./findings.ts";

interface AuditTableProps {
  readonly audit: readonly FieldAudit[];
  /** The field that alone is looked at. */
  readonly field: string | undefined;
  readonly onField: (field: string | undefined) => void;
}

/** What headers tell and do not tell, field by field; a field's name shows it alone, and all again. */
export function AuditTable({ audit, field: chosen, onField }: AuditTableProps) {
  const { columns, unlearned, only } = WORDS.exams;
  return (
    <div class="audit">
      <table>
        <caption>{WORDS.exams.audit}</caption>
        <TableHead titles={Object.values(columns)} />
        <tbody>
          {audit.map(({ field, isLearned, told, missing, known, disagree }) => (
            <tr key={field} class={isLearned ? "" : "hint"}>
              <th scope="row">
                {isLearned ? (
                  <button
                    type="button"
                    class="quiet"
                    aria-label={only(fieldName(field))}
                    aria-pressed={field === chosen}
                    onClick={() => onField(field === chosen ? undefined : field)}
                  >
                    {fieldName(field)}
                  </button>
                ) : (
                  fieldName(field)
                )}
              </th>
              <td>{told.toLocaleString("en")}</td>
              <td>{missing.toLocaleString("en")}</td>
              {isLearned ? (
                <>
                  <td>{known.toLocaleString("en")}</td>
                  <td>{disagree.toLocaleString("en")}</td>
                </>
              ) : (
                <td colSpan={2}>{unlearned}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
