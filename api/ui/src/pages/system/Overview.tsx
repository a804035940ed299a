/** The figures one looks at first. */

import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { Line } from "../../parts/Line";
import { Tile, Tiles } from "../../parts/Tile";
import { type Flow, perSecond } from "./flow";

export function Overview({ status, flow }: { status: Status; flow: Flow }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const rate = (value: number | null) => (value === null ? "–" : `${format.number(rounded(value))} /s`);
  const { used_bytes, limit_bytes } = status.memory;
  const lag = status.partitions.reduce((sum, one) => sum + (one.lag ?? 0), 0);
  const queued = Object.values(status.queues).reduce((sum, one) => sum + one, 0);
  const clients = status.processes
    .filter((one) => one.component === "relay")
    .reduce((sum, one) => sum + (one.counters.clients ?? 0), 0);
  return (
    <Tiles label={t("overview")}>
      <Tile label={t("figure.events")} value={rate(perSecond(flow, "evaluator", "events"))}>
        <Line
          samples={flow.history.map((one) => [one.atMs, one.eventsPerS])}
          label={t("figure.eventsLine")}
          height={20}
        />
      </Tile>
      <Tile label={t("figure.lag")} value={format.number(lag)} hint={t("figure.lagHint")} />
      <Tile
        label={t("figure.deliveries")}
        value={rate(perSecond(flow, "worker", "sent"))}
        hint={t("figure.queued", { count: queued })}
      />
      <Tile
        label={t("figure.active")}
        value={format.number(status.active_alerts.total)}
        hint={t("figure.rules", { enabled: status.rules.enabled, count: status.rules.total })}
      />
      <Tile label={t("figure.clients")} value={format.number(clients)} hint={t("figure.clientsHint")} />
      <Tile
        label={t("figure.memory")}
        value={format.value(used_bytes, "memory_bytes", [limit_bytes])}
        hint={
          limit_bytes
            ? t("figure.memoryLimit", { limit: format.value(limit_bytes, "memory_bytes", [used_bytes]) })
            : t("figure.memoryFree")
        }
      >
        {limit_bytes !== null && (
          <Progress
            my={6}
            value={(100 * used_bytes) / limit_bytes}
            color={used_bytes / limit_bytes > 0.8 ? "red" : "blue"}
            aria-label={t("figure.memory")}
          />
        )}
      </Tile>
    </Tiles>
  );
}

/** A rate over some seconds is no more precise than this. */
export function rounded(rate: number): number {
  return rate >= 100 ? Math.round(rate) : Math.round(rate * 10) / 10;
}
