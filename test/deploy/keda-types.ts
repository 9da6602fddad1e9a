/**
 * What KEDA 2.10 and later take, as far as it is used here, from its documentation. Closer than KEDA's own schema, which allows any text under
 * `metadata` of a trigger.
 */
import type { HorizontalPodAutoscalerBehavior } from "kubernetes-types/autoscaling/v2.d.ts";
import type { ObjectMeta } from "kubernetes-types/meta/v1.d.ts";

export interface ScaledObject {
  readonly apiVersion: "keda.sh/v1alpha1";
  readonly kind: "ScaledObject";
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind?: string; readonly name: string };
    /** Seconds. */
    readonly pollingInterval?: number;
    /** Seconds. */
    readonly cooldownPeriod?: number;
    readonly minReplicaCount?: number;
    readonly maxReplicaCount?: number;
    readonly advanced?: {
      readonly horizontalPodAutoscalerConfig?: { readonly behavior?: HorizontalPodAutoscalerBehavior };
    };
    readonly triggers: readonly Trigger[];
  };
}

type Trigger = RedisTrigger | CpuTrigger | PrometheusTrigger;

interface AnyTrigger {
  readonly name?: string;
  readonly metricType?: "Utilization" | "AverageValue" | "Value";
  readonly authenticationRef?: { readonly name: string };
}

/** The length of a list, or the number of members of a set or sorted set. */
export interface RedisTrigger extends AnyTrigger {
  readonly type: "redis";
  readonly metadata: {
    /** host:port */
    readonly address: string;
    readonly listName: string;
    /** Of each replica. */
    readonly listLength: `${number}`;
    readonly activationListLength?: `${number}`;
    readonly databaseIndex?: `${number}`;
    readonly enableTLS?: "true" | "false";
    readonly unsafeSsl?: "true" | "false";
  };
}

interface CpuTrigger extends AnyTrigger {
  readonly type: "cpu";
  readonly metadata: { readonly value: `${number}` };
}

interface PrometheusTrigger extends AnyTrigger {
  readonly type: "prometheus";
  readonly metadata: {
    readonly serverAddress: `http${string}`;
    readonly query: string;
    /** Of each replica. */
    readonly threshold: `${number}`;
    readonly activationThreshold?: `${number}`;
  };
}

export interface TriggerAuthentication {
  readonly apiVersion: "keda.sh/v1alpha1";
  readonly kind: "TriggerAuthentication";
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly secretTargetRef: readonly { readonly parameter: string; readonly name: string; readonly key: string }[];
  };
}
