import { useEffect, useMemo, useState } from "preact/hooks";
import { CopyLink } from "../parts/copy-link.tsx";
import { FilterFields } from "../parts/filter-fields.tsx";
import { NoLibrary } from "../parts/no-library.tsx";
import { Progress } from "../parts/progress.tsx";
import { type KnownRecord, listRecords } from "../server/calls.ts";
import { type ToldPage, tellExams } from "../server/exams.ts";
import type { ToldExam } from "../server/told-exam.ts";
import { address, goTo } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { AuditTable } from "./audit-table.tsx";
import { fieldName } from "./field-words.ts";
import { FindingList } from "./finding-list.tsx";
import { auditOf, FINDING_KINDS, type FindingKind, findingsOf } from "./findings.ts";
import { ToldPictures } from "./told-pictures.tsx";

/** Records whose values are proposed. */
const PROPOSING = 48;

/** What headers say of how pictures were made, against what their nearest neighbours say. */
export function Exams() {
  const { reference, where, field, finding } = address.value;
  const shelf = library.value;
  const telling = useWork();
  const proposing = useWork();
  const [proposals, setProposals] = useState<readonly KnownRecord[]>([]);
  const [found, setFound] = useState<ToldPage>();
  const name = shelf?.name;

  useEffect(() => {
    if (name === undefined) return;
    proposing.start(async (signal) =>
      setProposals((await listRecords(name, { where: [], limit: PROPOSING }, signal)).records),
    );
  }, [name]);
  useEffect(() => {
    setFound(undefined);
    if (name === undefined) return;
    telling.start(async (signal) => {
      const told: ToldExam[] = [];
      for await (const page of tellExams(name, { examples: reference, where }, signal)) {
        told.push(...page.told);
        setFound({ ...page, told: [...told] });
      }
    });
  }, [name, reference.join("\n"), where.join("\n")]);
  const all = useMemo(() => (found ? findingsOf(found.told, found.learned) : []), [found]);
  const audit = useMemo(() => (found ? auditOf(found.told, found.learned, all) : []), [found, all]);
  const ofField = useMemo(() => all.filter((one) => field === undefined || one.field === field), [all, field]);
  const wanted = useMemo(
    () => ofField.filter(({ kind }) => finding === undefined || kind === finding),
    [ofField, finding],
  );

  if (!shelf) return <NoLibrary />;
  const words = WORDS.exams;
  const done = found?.told.length ?? 0;
  const share = where.length > 0 || shelf.records === 0 ? undefined : done / shelf.records;
  const counted = (kind: FindingKind) => ofField.filter((one) => one.kind === kind).length;
  return (
    <>
      <h1 class="unseen">{WORDS.views.exams}</h1>
      <section class="query compare">
        <FilterFields
          title={words.examples}
          where={reference}
          records={proposals}
          onChange={(conditions) => goTo({ reference: conditions })}
        />
        <FilterFields
          title={words.where}
          where={where}
          records={proposals}
          onChange={(conditions) => goTo({ where: conditions })}
        />
      </section>
      <ToldPictures key={reference.join("\n")} examples={reference} />
      <Progress work={telling} label={words.working(done)} share={share} />
      {found && done === 0 && <p class="hint">{words.none}</p>}
      {found && done > 0 && (
        <section class="found">
          <div class="heading">
            <h2>{words.learned(found.examples.records, found.examples.patients)}</h2>
            <CopyLink />
          </div>
          <div class="beside-audit">
            <AuditTable audit={audit} field={field} onField={(chosen) => goTo({ field: chosen })} />
            <div class="found-in-fields">
              <div class="filters">
                <label>
                  <span>{words.field}</span>
                  <select
                    value={field ?? ""}
                    onChange={({ currentTarget }) => goTo({ field: currentTarget.value || undefined })}
                  >
                    <option value="">{words.allFields}</option>
                    {found.learned.map((one) => (
                      <option key={one} value={one}>
                        {fieldName(one)}
                      </option>
                    ))}
                  </select>
                </label>
                <label>
                  <span>{words.finding}</span>
                  <select
                    value={finding ?? ""}
                    onChange={({ currentTarget }) => goTo({ finding: currentTarget.value || undefined })}
                  >
                    <option value="">{words.counted(words.allFindings, ofField.length)}</option>
                    {FINDING_KINDS.map((kind) => (
                      <option key={kind} value={kind}>
                        {words.counted(words.findings[kind], counted(kind))}
                      </option>
                    ))}
                  </select>
                </label>
              </div>
              <FindingList findings={wanted} />
            </div>
          </div>
        </section>
      )}
    </>
  );
}
