import type { FunctionComponent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Classify } from "../classify/classify.tsx";
import { MapView } from "../map/map.tsx";
import { Progress } from "../parts/progress.tsx";
import { Search } from "../search/search.tsx";
import { address, type ViewName } from "../state/address.ts";
import { libraries, loadLibraries } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { Banner } from "./banner.tsx";
import { Header } from "./header.tsx";
import { KeyDialog } from "./key-dialog.tsx";
import { lazyView } from "./lazy-view.tsx";
import { Notice } from "./notice.tsx";

const SHOWN: Readonly<Record<ViewName, FunctionComponent>> = {
  search: Search,
  classify: Classify,
  map: MapView,
  outliers: lazyView(async () => (await import("../outliers/outliers.tsx")).Outliers),
  adapters: lazyView(async () => (await import("../adapters/adapters.tsx")).Adapters),
  exams: lazyView(async () => (await import("../exams/exams.tsx")).Exams),
  queue: lazyView(async () => (await import("../queue/queue.tsx")).Queue),
  service: lazyView(async () => (await import("../service/service.tsx")).Service),
};

/** The whole page. */
export function App() {
  const opening = useWork();
  const content = useRef<HTMLElement>(null);
  useEffect(() => opening.start(loadLibraries), [opening]);
  const { view } = address.value;
  const View = SHOWN[view];
  useEffect(() => {
    document.title = `${WORDS.views[view]} · ${WORDS.name}`;
  }, [view]);
  return (
    <>
      <button type="button" class="skip" onClick={() => content.current?.focus()}>
        {WORDS.skip}
      </button>
      <Header />
      <Banner />
      <main ref={content} tabIndex={-1}>
        <Progress work={opening} />
        {libraries.value && <View key={view} />}
      </main>
      <Notice />
      <KeyDialog />
    </>
  );
}
