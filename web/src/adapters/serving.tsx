import { useEffect, useState } from "preact/hooks";
import { Confirm } from "../parts/confirm.tsx";
import { Progress } from "../parts/progress.tsx";
import { removeAdapter, serveAdapter, type Thresholds, type Trained } from "../server/adapters.ts";
import { type Library, serviceStatus } from "../server/calls.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";

interface ServingProps {
  readonly library: Library;
  /** Undefined: nothing is there to be served. */
  readonly trained: Trained | undefined;
  readonly thresholds: Thresholds;
  /** Proposed for the deployment. */
  readonly name: string;
}

/** Serves what was trained, and shows what is served. */
export function Serving({ library, trained, thresholds, name: proposed }: ServingProps) {
  const words = WORDS.adapters;
  const work = useWork();
  const [name, setName] = useState(proposed);
  const [told, setTold] = useState("");
  const [doing, setDoing] = useState<string>(words.serving);
  const [leaving, setLeaving] = useState<string>();
  const [served, setServed] = useState<readonly string[]>([]);
  const look = async (signal: AbortSignal) => {
    const { deployments } = await serviceStatus(signal);
    setServed(deployments.filter(({ classifier }) => classifier?.library === library.name).map((one) => one.name));
  };
  const start = (what: string, does: (signal: AbortSignal) => Promise<string>) => {
    setTold("");
    setDoing(what);
    work.start(async (signal) => {
      const outcome = await does(signal);
      await look(signal);
      setTold(outcome);
    });
  };
  useEffect(() => setName(proposed), [proposed]);
  useEffect(() => work.start(look), [library.name]);
  const serve = (event: Event) => {
    event.preventDefault();
    start(words.serving, async (signal) => {
      await serveAdapter(library.name, name, { training: trained!.training, thresholds }, signal);
      return words.served(name);
    });
  };
  return (
    <section class="serving">
      {trained && library.adapters && (
        <form class="filters" onSubmit={serve}>
          <label>
            <span>{words.serveName}</span>
            <input
              value={name}
              required
              maxLength={64}
              pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
              onInput={({ currentTarget }) => setName(currentTarget.value)}
            />
          </label>
          <button type="submit" class="main">
            {words.serve}
          </button>
        </form>
      )}
      {trained && !library.adapters && <p class="hint">{words.readOnly}</p>}
      <Progress work={work} label={doing} />
      <p role="status">{told}</p>
      {(library.adapters || served.length > 0) && (
        <>
          <h2>{words.list}</h2>
          {served.length === 0 ? <p class="hint">{words.listNone}</p> : <p class="hint">{words.model}</p>}
          <ul class="served">
            {served.map((one) => (
              <li key={one}>
                <span>{one}</span>
                {library.adapters && (
                  <button type="button" onClick={() => setLeaving(one)}>
                    {words.remove(one)}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {leaving !== undefined && (
        <Confirm
          title={words.remove(leaving)}
          text={words.removes}
          onConfirm={() =>
            start(words.removing, async (signal) => {
              await removeAdapter(library.name, leaving, signal);
              return words.removed(leaving);
            })
          }
          onClose={() => setLeaving(undefined)}
        />
      )}
    </section>
  );
}
