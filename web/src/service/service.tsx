import { useEffect, useState } from "preact/hooks";
import { Progress } from "../parts/progress.tsx";
import { type ServiceStatus, serviceStatus } from "../server/calls.ts";
import { nextLook } from "../state/next-look.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { Charts } from "./charts.tsx";
import { DeploymentTable } from "./deployment-table.tsx";
import { KeyTable } from "./key-table.tsx";
import { TryIt } from "./try-it.tsx";

/** How the server is doing, and a form to try it. */
export function Service() {
  const work = useWork();
  const [status, setStatus] = useState<ServiceStatus>();
  useEffect(() => {
    work.start(async (signal) => {
      for (;;) {
        const now = await serviceStatus(signal);
        setStatus(now);
        await nextLook(now.sampleMs, signal);
      }
    });
  }, [work]);
  return (
    <div class="service">
      <h1 class="unseen">{WORDS.views.service}</h1>
      {(!status || work.state.value === "failed") && <Progress work={work} label={WORDS.service.loading} />}
      {status && (
        <>
          <Charts samples={status.samples} sampleMs={status.sampleMs} />
          <DeploymentTable deployments={status.deployments} />
          <KeyTable keys={status.keys} />
          <TryIt deployments={status.deployments.map(({ name }) => name)} />
        </>
      )}
    </div>
  );
}
