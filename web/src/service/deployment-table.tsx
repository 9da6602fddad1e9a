import { Scrolled } from "../parts/scrolled.tsx";
import { TableHead } from "../parts/table-head.tsx";
import type { ServiceStatus } from "../server/calls.ts";
import { WORDS } from "../words.ts";

interface DeploymentTableProps {
  readonly deployments: ServiceStatus["deployments"];
}

/** What is served, each with how it stands. */
export function DeploymentTable({ deployments }: DeploymentTableProps) {
  const { columns, states, kinds, nothing } = WORDS.service;
  return (
    <section>
      <h2>{WORDS.service.deployments}</h2>
      <Scrolled class="wide" label={WORDS.service.deployments}>
        <table class="facts">
          <TableHead titles={Object.values(columns)} />
          <tbody>
            {deployments.map((one) => (
              <tr key={one.name}>
                <th scope="row">{one.name}</th>
                <td>{states[one.state]}</td>
                <td>{one.model ?? nothing}</td>
                <td>{one.precision ?? nothing}</td>
                <td>{one.profile ?? nothing}</td>
                <td>{one.classifier ? kinds[one.classifier.isTrained ? "adapter" : "words"] : kinds.vectors}</td>
                <td>{one.threads}</td>
                <td>{one.traffic} %</td>
                <td>{one.pending}</td>
                <td>{one.refused}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </section>
  );
}
