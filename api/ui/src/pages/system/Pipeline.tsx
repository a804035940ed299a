/** The way of an event, drawn: producers → events → evaluators → outbox → router → channels, and relay → browsers. */

import { Text, Title } from "@mantine/core";
import {
  IconBrowser,
  IconCpu,
  IconInbox,
  IconPlug,
  IconRoute,
  IconSend,
  IconServer,
  IconStack2,
  IconWorldBolt,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { ChannelHealth, Status } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { type Flow, perSecond, processKey, processPerSecond } from "./flow";
import { rounded } from "./Overview";
import { Partitions, toneOf } from "./Partitions";
import classes from "./Pipeline.module.css";
import { Arrow, Node, Worker } from "./PipelineNode";

interface Props {
  status: Status;
  flow: Flow;
  health: ChannelHealth | undefined;
}

export function Pipeline({ status, flow, health }: Props) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const of = (component: string) => status.processes.filter((one) => one.component === component);
  const rate = (value: number | null) => (value === null ? "–" : `${format.number(rounded(value))} /s`);
  const evaluators = of("evaluator");
  const published = perSecond(flow, "producer", "published");
  const evaluated = perSecond(flow, "evaluator", "events");
  const routed = perSecond(flow, "router", "transitions");
  const sent = perSecond(flow, "worker", "sent");
  const heard = perSecond(flow, "relay", "sent");
  const outbox = status.partitions.reduce((sum, one) => sum + one.outbox, 0);
  const clients = of("relay").reduce((sum, one) => sum + (one.counters.clients ?? 0), 0);
  return (
    <section aria-labelledby="pipeline">
      <Title order={3} size="h4" mb="xs" id="pipeline">
        {t("pipeline.title")}
      </Title>
      <div className={classes.pipeline} data-testid="pipeline">
        <Node area="producers" icon={IconPlug} title={t("node.producers")} text={t("node.producersHint")}>
          {of("producer").map((one) => (
            <Worker key={processKey(one)} process={one} text={rate(processPerSecond(flow, one, "published"))} />
          ))}
        </Node>
        <Arrow area="a1" isFlowing={Boolean(published ?? evaluated)} />
        <Node area="events" icon={IconStack2} title={t("node.events")} text={t("node.eventsHint")}>
          <Partitions status={status} evaluators={evaluators} />
        </Node>
        <Arrow area="a2" isFlowing={Boolean(evaluated)} />
        <Node
          area="evaluators"
          icon={IconCpu}
          title={t("node.evaluators")}
          text={rate(evaluated)}
          isMissing={!evaluators.some((one) => one.ready)}
        >
          {evaluators.map((one) => (
            <Worker
              key={processKey(one)}
              process={one}
              tone={toneOf(evaluators, one)}
              text={rate(processPerSecond(flow, one, "events"))}
            />
          ))}
        </Node>
        <Arrow area="a3" isFlowing={Boolean(perSecond(flow, "evaluator", "transitions"))} />
        <Node area="outbox" icon={IconInbox} title={t("node.outbox")} text={t("node.outboxKept", { count: outbox })} />
        <Arrow area="a4" isFlowing={Boolean(routed)} />
        <Node
          area="router"
          icon={IconRoute}
          title={t("node.router")}
          text={rate(routed)}
          isMissing={status.missing.includes("router")}
        >
          {of("router").map((one) => (
            <Worker
              key={processKey(one)}
              process={one}
              text={one.detail.role === "standby" ? t("node.standby") : t("node.active")}
            />
          ))}
        </Node>
        <Arrow area="a5" isFlowing={Boolean(sent)} />
        <Node
          area="channels"
          icon={IconSend}
          title={t("node.channels")}
          text={rate(sent)}
          isMissing={status.missing.includes("worker")}
        >
          <Channels status={status} health={health} />
        </Node>

        <Node area="redis" isBelow icon={IconServer} title={t("node.redis")} text={status.server}>
          <Text size="xs">
            {t("node.memory", {
              used: format.value(status.memory.used_bytes, "memory_bytes", [status.memory.limit_bytes]),
            })}
            {status.memory.limit_bytes !== null &&
              ` ${t("figure.memoryLimit", { limit: format.value(status.memory.limit_bytes, "memory_bytes", [status.memory.used_bytes]) })}`}
          </Text>
          <Text size="xs" c="dimmed">
            {t("node.kept", { time: format.duration(status.stream_keep_seconds * 1_000) })}
          </Text>
        </Node>
        <Node area="api" isBelow icon={IconBrowser} title={t("node.api")}>
          {of("api").map((one) => (
            <Worker key={processKey(one)} process={one} text={format.duration(status.at_ms - one.started_at_ms)} />
          ))}
        </Node>
        <Arrow area="a6" isFlowing={Boolean(routed)} isDown />
        <Node
          area="relay"
          isBelow
          icon={IconWorldBolt}
          title={t("node.relay")}
          text={t("node.relayHint")}
          isMissing={status.missing.includes("relay")}
        >
          {of("relay").map((one) => (
            <Worker key={processKey(one)} process={one} text={rate(processPerSecond(flow, one, "sent"))} />
          ))}
        </Node>
        <Arrow area="a7" isFlowing={Boolean(heard)} />
        <Node
          area="browsers"
          isBelow
          icon={IconBrowser}
          title={t("node.browsers")}
          text={t("node.browsersCount", { count: clients })}
        />
      </div>
    </section>
  );
}

function Channels({ status, health }: { status: Status; health: ChannelHealth | undefined }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  // Those that were used or wait come first; the rest are only counted.
  const names = Object.keys(status.queues);
  const busy = names.filter((name) => {
    const fare = health?.[name];
    return status.queues[name] || status.failing_channels[name] || (fare && fare.sent + fare.failed + fare.dead > 0);
  });
  const idle = names.length - busy.length;
  return (
    <>
      {busy.length > 0 && (
        <table className={classes.partitions} data-testid="channels">
          <thead>
            <tr>
              <th scope="col">{t("channel.name")}</th>
              <th scope="col">{t("channel.queued")}</th>
              <th scope="col">{t("channel.success")}</th>
              <th scope="col">p95</th>
            </tr>
          </thead>
          <tbody>
            {busy.map((name) => {
              const fare = health?.[name];
              const failures = status.failing_channels[name] ?? 0;
              return (
                <tr key={name} data-failing={failures > 0 || undefined}>
                  <th scope="row">
                    {name}
                    {failures > 0 && <strong> · {t("channel.failing")}</strong>}
                  </th>
                  <td>{format.number(status.queues[name] ?? 0)}</td>
                  <td>{fare?.success_rate == null ? "–" : format.percent(fare.success_rate, 3)}</td>
                  <td>{fare?.p95_ms == null ? "–" : format.duration(fare.p95_ms)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {idle > 0 && (
        <Text size="xs" c="dimmed">
          {t("channel.idle", { count: idle })}
        </Text>
      )}
    </>
  );
}
