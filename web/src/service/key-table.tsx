import { Scrolled } from "../parts/scrolled.tsx";
import { TableHead } from "../parts/table-head.tsx";
import type { ServiceStatus } from "../server/calls.ts";
import { WORDS } from "../words.ts";

interface KeyTableProps {
  readonly keys: ServiceStatus["keys"];
}

/** Who may ask, and what is used of that; of the keys themselves the server tells nothing. */
export function KeyTable({ keys }: KeyTableProps) {
  const { keyColumns, noKeys, expired, quota, nothing, atMost } = WORDS.service;
  return (
    <section>
      <h2>{WORDS.service.keys}</h2>
      {keys.length === 0 ? (
        <p class="hint">{noKeys}</p>
      ) : (
        <Scrolled class="wide" label={WORDS.service.keys}>
          <table class="facts">
            <TableHead titles={Object.values(keyColumns)} />
            <tbody>
              {keys.map(({ name, pending, refused, hasExpired, maxPending, requestsPerMinute, left }) => (
                <tr key={name}>
                  <th scope="row">{hasExpired ? expired(name) : name}</th>
                  <td>
                    {requestsPerMinute === null || left === null ? (
                      nothing
                    ) : (
                      <>
                        <meter
                          aria-label={`${keyColumns.quota}, ${name}`}
                          max={requestsPerMinute}
                          value={requestsPerMinute - left}
                        />{" "}
                        {quota(requestsPerMinute - left, requestsPerMinute)}
                      </>
                    )}
                  </td>
                  <td>{maxPending === null ? pending : atMost(pending, maxPending)}</td>
                  <td>{refused}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </section>
  );
}
