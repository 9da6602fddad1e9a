import { useEffect, useMemo, useState } from "preact/hooks";
import { Gallery } from "../parts/gallery.tsx";
import { LabelForm } from "../parts/label-form.tsx";
import { NoLibrary } from "../parts/no-library.tsx";
import { Progress } from "../parts/progress.tsx";
import { findRecords, type KnownRecord, type LibraryMap, mapOf } from "../server/calls.ts";
import { showLike } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { coloursOf, legendOf } from "./colouring.ts";
import { MapCanvas } from "./map-canvas.tsx";

/** Of those that are chosen. */
const SHOWN = 48;
const FACTS = ["modality", "bodyPart", "view", "plane", "manufacturer", "sex", "ageBand"] as const;

/** A library as a plane on which what is alike lies together. */
export function MapView() {
  const shelf = library.value;
  const loading = useWork();
  const choosing = useWork();
  const [map, setMap] = useState<LibraryMap>();
  const [by, setBy] = useState<string>("modality");
  const [changes, setChanges] = useState(0);
  const [isLasso, setLasso] = useState(true);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [records, setRecords] = useState<readonly KnownRecord[]>([]);
  const name = shelf?.name;

  useEffect(() => {
    if (name === undefined) return;
    loading.start(async (signal) => {
      setMap(await mapOf(name, by, signal));
      setChosen(new Set());
    });
  }, [name, by, changes]);
  const ids = useMemo(() => [...chosen].map((i) => map!.points.ids[i]), [chosen, map]);
  useEffect(() => {
    setRecords([]);
    if (name === undefined || ids.length === 0) return;
    choosing.start(async (signal) => {
      setRecords([...(await findRecords(name, ids.slice(0, SHOWN), signal)).values()]);
    });
  }, [ids]);
  const places = useMemo(() => placesOf(map), [map]);
  const legend = useMemo(() => (map ? legendOf(map.values, map.points.value, WORDS.map.rest) : []), [map]);
  const colours = useMemo(() => coloursOf(legend, places.length / 2), [legend, places]);

  if (!shelf) return <NoLibrary />;
  const fields = [
    ...FACTS.map((fact) => [fact, WORDS.facts[fact]]),
    ...(map?.labels ?? []).map((label) => [`label.${label}`, label]),
  ];
  return (
    <>
      <h1 class="unseen">{WORDS.views.map}</h1>
      <Progress work={loading} label={WORDS.map.loading} />
      {map && (
        <div class="map">
          <MapCanvas
            key={map.made}
            places={places}
            colours={colours}
            chosen={chosen}
            isLasso={isLasso}
            onChoose={setChosen}
          />
          <aside>
            <label>
              <span>{WORDS.map.by}</span>
              <select value={by} onChange={({ currentTarget }) => setBy(currentTarget.value)}>
                {fields.map(([field, title]) => (
                  <option key={field} value={field}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
            <ul class="legend">
              {legend.map(({ name, colour, points }) => (
                <li key={name}>
                  <button type="button" onClick={() => setChosen(new Set(points))}>
                    <span class={`dot colour-${colour}`} />
                    <span>{name}</span>
                    <span class="count">{points.length.toLocaleString("en")}</span>
                  </button>
                </li>
              ))}
            </ul>
            <label class="check">
              <input
                type="checkbox"
                checked={isLasso}
                onChange={({ currentTarget }) => setLasso(currentTarget.checked)}
              />
              <span>{WORDS.map.lasso}</span>
            </label>
            <p id="map-keys" class="hint">
              {WORDS.map.keys}
            </p>
            {map.unplaced > 0 && <p class="hint">{WORDS.map.unplaced(map.unplaced)}</p>}
          </aside>
        </div>
      )}
      <section class="found">
        {ids.length > 0 && (
          <>
            <h2 aria-live="polite">{WORDS.map.chosen(ids.length, records.length)}</h2>
            {shelf.writable && (
              <LabelForm
                library={shelf.name}
                ids={ids}
                onDone={(label) => {
                  setBy(`label.${label}`);
                  setChanges(changes + 1);
                }}
              />
            )}
          </>
        )}
        <Progress work={choosing} label={WORDS.search.working} />
        <Gallery records={records} onLike={showLike} />
      </section>
    </>
  );
}

/** @returns [points, 2] */
function placesOf(map: LibraryMap | undefined): Float32Array {
  const { x = [], y = [] } = map?.points ?? {};
  const places = new Float32Array(2 * x.length);
  for (let i = 0; i < x.length; i++) {
    places[2 * i] = x[i];
    places[2 * i + 1] = y[i];
  }
  return places;
}
