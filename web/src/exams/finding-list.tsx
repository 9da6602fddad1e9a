import { useEffect, useMemo, useState } from "preact/hooks";
import type { ShownRecord } from "../parts/gallery.tsx";
import { OpenedRecord } from "../parts/opened-record.tsx";
import { Progress } from "../parts/progress.tsx";
import { RecordPicture } from "../parts/record-picture.tsx";
import { nameOf, unknownRecord } from "../parts/record-words.ts";
import { findRecords, type KnownRecord } from "../server/calls.ts";
import { showLike } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { fieldName, headerWords, neighbourWords } from "./field-words.ts";
import type { Finding } from "./findings.ts";

/** Findings that are shown at first, and with each "more". */
const SHOWN = 48;
const SMALL = [320];

/** What header and neighbours say, beside the picture, which opens large. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  const { name } = library.value!;
  const looking = useWork();
  const [shown, setShown] = useState(SHOWN);
  const [opened, setOpened] = useState<number>();
  const [known, setKnown] = useState<ReadonlyMap<string, KnownRecord>>(new Map());
  const first = useMemo(() => findings.slice(0, shown), [findings, shown]);
  useEffect(() => {
    const ids = [...new Set(first.map(({ id }) => id))];
    looking.start(async (signal) => setKnown(await findRecords(name, ids, signal)));
  }, [name, first]);
  return (
    <>
      <h2 aria-live="polite">{WORDS.exams.sorted(first.length, findings.length)}</h2>
      <Progress work={looking} label={WORDS.search.working} />
      <ul class="findings">
        {first.map((finding, i) => (
          <FindingCard key={`${finding.id} ${finding.field}`} finding={finding} onOpen={() => setOpened(i)} />
        ))}
      </ul>
      {first.length < findings.length && (
        <button type="button" onClick={() => setShown(shown + SHOWN)}>
          {WORDS.search.more}
        </button>
      )}
      <OpenedRecord
        records={first.map((finding) => recordOf(finding, known))}
        opened={opened}
        onOpen={setOpened}
        onLike={showLike}
      />
    </>
  );
}

interface FindingCardProps {
  readonly finding: Finding;
  readonly onOpen: () => void;
}

function FindingCard({ finding, onOpen }: FindingCardProps) {
  const { id, field, kind, share } = finding;
  const { header, neighbours, findings, share: ofVotes, open } = WORDS.exams;
  return (
    <li class={`is-${kind}`}>
      <button type="button" onClick={onOpen}>
        <span class="unseen">{open(nameOf(finding))}</span>
        <RecordPicture id={id} sizes={SMALL} alt="" />
      </button>
      <div>
        <p class="heading">
          <strong>{fieldName(field)}</strong>
          <span class="kind">{findings[kind]}</span>
        </p>
        <dl>
          <div>
            <dt>{header}</dt>
            <dd>{headerWords(finding)}</dd>
          </div>
          <div>
            <dt>{neighbours}</dt>
            <dd>{neighbourWords(finding)}</dd>
          </div>
        </dl>
        {share !== undefined && finding.predicted !== null && (
          <p class="votes">
            <meter aria-label={neighbours} value={share} />
            <span>{ofVotes(share)}</span>
          </p>
        )}
        <p class="file hint">{nameOf(finding)}</p>
      </div>
    </li>
  );
}

function recordOf(finding: Finding, known: ReadonlyMap<string, KnownRecord>): ShownRecord {
  const { id, source, field } = finding;
  const { header, neighbours } = WORDS.exams;
  const note = `${fieldName(field)}: ${header} ${headerWords(finding)}, ${neighbours.toLowerCase()} ${neighbourWords(finding)}`;
  return { ...(known.get(id) ?? unknownRecord(id, source)), note };
}
