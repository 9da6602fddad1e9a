import { useEffect, useState } from "preact/hooks";
import { type ChosenImage, chooseImage } from "../parts/chosen-image.ts";
import { CopyLink } from "../parts/copy-link.tsx";
import { FilterFields } from "../parts/filter-fields.tsx";
import { Gallery } from "../parts/gallery.tsx";
import { ImagePicker } from "../parts/image-picker.tsx";
import { NoLibrary } from "../parts/no-library.tsx";
import { Progress } from "../parts/progress.tsx";
import { type KnownRecord, listRecords, search, vectorOf } from "../server/calls.ts";
import { type Address, address, goTo } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { QueryForm } from "./query-form.tsx";

/** Matches of a search, and records of a page where nothing is searched for. */
const SHOWN = 48;

interface Found {
  readonly title: string;
  readonly records: readonly (KnownRecord & { readonly score?: number })[];
  /** For the page behind this one. */
  readonly next?: string | undefined;
}

/** Finds records by a picture, words, or another record; without any shows what there is. */
export function Search() {
  const { text, like, where } = address.value;
  const shelf = library.value;
  const work = useWork();
  const [image, setImage] = useState<ChosenImage>();
  const [leavesPatient, setLeavesPatient] = useState(false);
  const [found, setFound] = useState<Found>();
  const [all, setAll] = useState<readonly KnownRecord[]>([]);
  const name = shelf?.name;
  const conditions = where.join("\n");

  useEffect(() => {
    if (name === undefined || shelf === undefined) return;
    const options = { top: SHOWN, where, ...(leavesPatient && image && { excludeSamePatient: true }) };
    work.start(async (signal) => {
      const query = await queryOf({ name, image, text, like }, signal);
      if (query) {
        const records = await search(name, query.asked, options, signal);
        setFound({ title: WORDS.search.found(records.length, query.title), records });
      } else {
        const page = await listRecords(name, { where, limit: SHOWN }, signal);
        setFound({ title: "", ...page });
        setAll(page.records);
      }
    });
  }, [name, text, like, conditions, image, leavesPatient]);

  if (!shelf) return <NoLibrary />;
  const change = (changes: Partial<Address>) => {
    setImage(undefined);
    goTo(changes);
  };
  const pick = async ([file]: readonly File[]) => {
    const chosen = await chooseImage(file);
    if (text !== undefined || like !== undefined) goTo({ text: undefined, like: undefined });
    setImage(chosen);
  };
  const more = () =>
    work.start(async (signal) => {
      const page = await listRecords(shelf.name, { where, limit: SHOWN, after: found!.next! }, signal);
      setFound({ ...found!, ...page, next: page.next, records: [...found!.records, ...page.records] });
    });
  const title = found?.title || WORDS.search.all(found?.records.length ?? 0, shelf.records);
  return (
    <>
      <h1 class="unseen">{WORDS.search.title}</h1>
      <section class="query">
        <QueryForm
          text={text ?? ""}
          image={image}
          onText={(words) => change({ text: words || undefined, like: undefined })}
          onClear={() => setImage(undefined)}
        />
        <ImagePicker takesVolumes onPick={pick} />
        <FilterFields
          title={WORDS.search.filters}
          where={where}
          records={all}
          onChange={(conditions) => goTo({ where: conditions })}
        />
        {shelf.identities && image && (
          <label class="check">
            <input
              type="checkbox"
              checked={leavesPatient}
              onChange={({ currentTarget }) => setLeavesPatient(currentTarget.checked)}
            />
            <span>{WORDS.search.samePatient}</span>
          </label>
        )}
      </section>
      <Progress work={work} label={WORDS.search.working} />
      {found && (
        <section class="found" aria-busy={work.state.value === "working"}>
          <div class="heading">
            <h2 aria-live="polite">{title}</h2>
            {!image && <CopyLink />}
          </div>
          {found.records.length === 0 && (
            <p class="hint">{where.length > 0 ? WORDS.search.none : WORDS.empty.noRecords}</p>
          )}
          <Gallery records={found.records} onLike={(id) => change({ like: id, text: undefined })} />
          {found.next !== undefined && (
            <button type="button" onClick={more}>
              {WORDS.search.more}
            </button>
          )}
        </section>
      )}
    </>
  );
}

interface Asked {
  /** Of the library. */
  readonly name: string;
  readonly image: ChosenImage | undefined;
  readonly text: string | undefined;
  readonly like: string | undefined;
}

/** What to search for, and how to say it; nothing where all records are meant. */
async function queryOf({ name, image, text, like }: Asked, signal: AbortSignal) {
  if (image) return { asked: { image: image.base64 }, title: WORDS.search.image(image.name) };
  if (text !== undefined) return { asked: { text }, title: `“${text}”` };
  const vector = like === undefined ? undefined : await vectorOf(name, like, signal);
  return vector && { asked: { vector }, title: WORDS.search.like };
}
