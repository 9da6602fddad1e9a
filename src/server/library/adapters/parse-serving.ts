import Type from "typebox";
import type { CallThresholds } from "../../../applications/operating-points/three-way-call.ts";
import type { ParsedCall } from "../../calls/parsed-call.ts";
import { parseRequest } from "../parse-request.ts";

/** Of a uuid, with room to spare. */
const MAX_ID_LENGTH = 64;
const share = Type.Number({ minimum: 0, maximum: 1 });

/** The request of `POST /library/{library}/adapters/{id}`. */
export const ServingSchema = Type.Object(
  {
    training: Type.String({ maxLength: MAX_ID_LENGTH, description: "as the training's last line has it" }),
    thresholds: Type.Optional(
      Type.Record(Type.String(), Type.Object({ ruleIn: share, ruleOut: share }, { additionalProperties: false }), {
        description: "by label, where others are wanted than those that were chosen on the validation rows",
      }),
    ),
  },
  { title: "AdapterServing", additionalProperties: false },
);

export interface ServingAsked {
  readonly training: string;
  readonly thresholds: Readonly<Record<string, CallThresholds>>;
}

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request" */
export function parseServing(body: Uint8Array): ParsedCall<ServingAsked> {
  const { training, thresholds = {} } = parseRequest(body, ServingSchema);
  return { rows: [], imageParams: {}, asked: { training, thresholds } };
}
