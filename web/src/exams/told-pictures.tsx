import { OwnPictures } from "../parts/own-pictures.tsx";
import { RecordPicture } from "../parts/record-picture.tsx";
import { TableHead } from "../parts/table-head.tsx";
import { type ToldPicture, tellPictures } from "../server/exams.ts";
import { library } from "../state/libraries.ts";
import { WORDS } from "../words.ts";
import { fieldName, headerWords, neighbourWords } from "./field-words.ts";
import { findingsOf } from "./findings.ts";

const SMALL = [320];

/** Pictures of the user's own: what their headers say against what the nearest examples say. @param examples conditions of records */
export function ToldPictures({ examples }: { readonly examples: readonly string[] }) {
  const { name } = library.value!;
  const { own, working } = WORDS.exams;
  return (
    <OwnPictures<ToldPicture>
      title={own}
      working={working(0)}
      class="told-pictures"
      onAsk={(images, signal) => tellPictures(name, examples, images, signal)}
      beside={({ nearest }) => nearest !== undefined && <RecordPicture id={nearest} sizes={SMALL} alt="" />}
    >
      {(found) => <ToldFields found={found} />}
    </OwnPictures>
  );
}

/** Field by field, disagreements first. */
function ToldFields({ found: { learned, ...told } }: { readonly found: ToldPicture }) {
  const { field, header, neighbours, finding, findings, share: ofVotes } = WORDS.exams;
  return (
    <table>
      <TableHead titles={[field, header, neighbours, finding]} />
      <tbody>
        {findingsOf([{ id: "", source: "", ...told }], learned).map((one) => (
          <tr key={one.field} class={`is-${one.kind}`}>
            <th scope="row">{fieldName(one.field)}</th>
            <td>{headerWords(one)}</td>
            <td>
              {neighbourWords(one)}
              {one.share !== undefined && one.predicted !== null && <small>{ofVotes(one.share)}</small>}
            </td>
            <td class="kind">{findings[one.kind]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
