import Type from "typebox";
import { ERROR_BODY } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

const tag = "Administering";
const names = Type.Array(Type.String());
const counts = Type.Record(Type.String(), Type.Integer());

/** For the holder of the admin key. */
export const ADMIN_ROUTES: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/admin/status",
    tag,
    summary: "Deployments, keys by their names, pending and dropped calls",
    needsKey: true,
    answer: {
      description: "As it is now.",
      content: {
        "application/json": {
          schema: Type.Object({
            deployments: Type.Array(
              Type.Object({
                name: Type.String(),
                state: Type.Enum(["loading", "ready", "stopping"]),
                pending: Type.Integer(),
                refused: Type.Integer(),
                traffic: Type.Integer(),
                mirror: Type.Integer(),
              }),
            ),
            libraries: Type.Array(
              Type.Object({
                name: Type.String(),
                state: Type.Enum(["loading", "ready"]),
                pending: Type.Integer(),
                deployment: Type.String(),
              }),
            ),
            keys: Type.Array(
              Type.Object({
                name: Type.String(),
                pending: Type.Integer(),
                refused: Type.Integer(),
                hasExpired: Type.Boolean(),
              }),
            ),
            calls: Type.Object({ pending: counts, done: counts, dropped: counts }),
            shadows: counts,
          }),
        },
      },
    },
    errors: ["unauthorised", "forbidden", "no-route"],
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/admin/reload",
    tag,
    summary: "Take over the config as it is now, without losing a call",
    needsKey: true,
    answer: {
      description: "What became of each deployment, and what counts only after a restart.",
      content: {
        "application/json": {
          schema: Type.Object({
            opened: names,
            kept: names,
            closed: names,
            needsRestart: names,
            libraries: Type.Optional(Type.Object({ opened: names, kept: names, closed: names })),
          }),
        },
      },
    },
    errors: ["unauthorised", "forbidden", "no-route", "reload-refused"],
    errorBody: ERROR_BODY,
  },
];
