import { useEffect, useState } from "preact/hooks";
import { FilterFields } from "../parts/filter-fields.tsx";
import { NoLibrary } from "../parts/no-library.tsx";
import { Progress } from "../parts/progress.tsx";
import { type KnownRecord, listRecords } from "../server/calls.ts";
import { type Judged, judge, METHODS, methodOf } from "../server/outliers.ts";
import { address, goTo } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { type Found, Verdict } from "./verdict.tsx";

/** Records whose values are proposed. */
const PROPOSING = 48;

/** What in a library is unlike what was accepted. */
export function Outliers() {
  const { reference, where, method: named } = address.value;
  const shelf = library.value;
  const judging = useWork();
  const proposing = useWork();
  const [proposals, setProposals] = useState<readonly KnownRecord[]>([]);
  const [found, setFound] = useState<Found>();
  const [done, setDone] = useState(0);
  const [changes, setChanges] = useState(0);
  const name = shelf?.name;
  const method = methodOf(named);

  useEffect(() => {
    if (name === undefined) return;
    proposing.start(async (signal) =>
      setProposals((await listRecords(name, { where: [], limit: PROPOSING }, signal)).records),
    );
  }, [name, changes]);
  const question = [name, method, ...reference, "", ...where].join("\n");
  useEffect(() => setFound(undefined), [question]);
  // Where labels have changed the question stays, and so does what is seen until there is another answer.
  useEffect(() => {
    setDone(0);
    if (name === undefined || reference.length === 0) return judging.cancel();
    judging.start(async (signal) => {
      const judged: Judged[] = [];
      let looked = 0;
      for await (const page of judge(name, { reference, where, method }, signal)) {
        judged.push(...page.judged);
        looked += page.judged.length + page.passedBy;
        setDone(looked);
        setFound({ reference: page.reference, judged: judged.toSorted((a, b) => b.score - a.score) });
      }
    });
  }, [question, changes]);

  if (!shelf) return <NoLibrary />;
  const words = WORDS.outliers;
  const share = where.length > 0 || shelf.records === 0 ? undefined : done / shelf.records;
  return (
    <>
      <h1 class="unseen">{WORDS.views.outliers}</h1>
      <section class="query compare">
        <FilterFields
          title={words.reference}
          where={reference}
          records={proposals}
          onChange={(conditions) => goTo({ reference: conditions, threshold: undefined })}
        />
        <FilterFields
          title={words.judged}
          where={where}
          records={proposals}
          onChange={(conditions) => goTo({ where: conditions })}
        />
        <label class="choice">
          <span>{words.method}</span>
          <select
            value={method}
            onChange={({ currentTarget }) => goTo({ method: currentTarget.value, threshold: undefined })}
          >
            {METHODS.map((one) => (
              <option key={one} value={one}>
                {words.methods[one]}
              </option>
            ))}
          </select>
        </label>
      </section>
      {reference.length === 0 && <p class="hint">{words.invite}</p>}
      <Progress work={judging} label={words.working(done)} share={share} />
      {found && found.judged.length === 0 && judging.state.value === "idle" && <p class="hint">{words.nobody}</p>}
      {found && found.judged.length > 0 && <Verdict found={found} onChange={() => setChanges(changes + 1)} />}
    </>
  );
}
