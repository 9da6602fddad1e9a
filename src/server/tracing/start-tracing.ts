import { trace } from "@opentelemetry/api";
import { MedembedError } from "../../errors.ts";
import { traceCalls } from "./trace-calls.ts";

/** A hundred megabytes and seconds to load: installed by those who want it, and loaded only then. */
const SDK = "@opentelemetry/sdk-node";
/** What it was tried with. */
const SDK_VERSION = "0.223.0";

/** Each of them says where traces are to go; whatever else OTEL_* means is left to the SDK. */
const SWITCHES = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER"];

type Environment = Readonly<Record<string, string | undefined>>;

/** Sends what is left and ends. */
export type StopTracing = () => Promise<void>;

/**
 * Traces calls, if the environment says so.
 * @throws MedembedError "usage" when the SDK is not installed
 */
export async function startTracing(environment: Environment): Promise<StopTracing | undefined> {
  if (!isWanted(environment)) return undefined;
  const { NodeSDK } = await import(SDK).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new MedembedError(
      "usage",
      `OTEL_* asks for traces, which need a package more: npm install ${SDK}@${SDK_VERSION}, or OTEL_SDK_DISABLED=true`,
      { cause },
    );
  });
  // Traces only: metrics are read from /metrics, and logs are lines on standard error.
  const sdk = new NodeSDK({
    serviceName: environment.OTEL_SERVICE_NAME ?? "medembed",
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const stop = traceCalls(trace.getTracer("medembed"));
  return async () => {
    stop();
    await sdk.shutdown();
  };
}

function isWanted(environment: Environment): boolean {
  const { OTEL_SDK_DISABLED: isDisabled, OTEL_TRACES_EXPORTER: exporter } = environment;
  if (isDisabled?.toLowerCase() === "true" || exporter === "none") return false;
  return SWITCHES.some((name) => (environment[name] ?? "") !== "");
}
