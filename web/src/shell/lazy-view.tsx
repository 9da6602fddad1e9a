import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Progress } from "../parts/progress.tsx";
import { untilBack } from "../state/connection.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";

/** A view whose script is fetched when it is looked at first: the first view of the page does not wait for it. */
export function lazyView(load: () => Promise<FunctionComponent>): FunctionComponent {
  let loaded: FunctionComponent | undefined;
  return function LazyView() {
    const work = useWork();
    const [, setLoaded] = useState(loaded);
    useEffect(() => {
      if (loaded) return;
      work.start(async (signal) => {
        loaded = await load().catch(async () => {
          await untilBack("away", signal);
          return load().catch(() => Promise.reject(new Error(WORDS.server.newer)));
        });
        setLoaded(() => loaded);
      });
    }, [work]);
    const View = loaded;
    return View ? <View /> : <Progress work={work} label={WORDS.opening} />;
  };
}
