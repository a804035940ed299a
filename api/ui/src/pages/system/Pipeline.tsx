/** The way of an event, drawn: producers → events → evaluators → outbox → router → channels, and relay → browsers. */

import { Badge, Paper, Text, Title, Tooltip } from "@mantine/core";
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
import type { ComponentType, CSSProperties, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ChannelHealth, ProcessReport, Status } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { type Flow, perSecond, processKey, processPerSecond } from "./flow";
import { rounded } from "./Overview";
import classes from "./Pipeline.module.css";

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

interface NodeProps {
  area: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  text?: string;
  isMissing?: boolean;
  /** In the row below the way of an event. */
  isBelow?: boolean;
  children?: ReactNode;
}

const placed = (area: string) => ({ "--area": area }) as CSSProperties;

function Node({ area, icon: Icon, title, text, isMissing = false, isBelow = false, children }: NodeProps) {
  const { t } = useTranslation("system");
  return (
    <Paper
      withBorder
      p="xs"
      className={classes.node}
      style={placed(area)}
      data-below={isBelow || undefined}
      data-missing={isMissing || undefined}
      data-testid={`node-${area}`}
    >
      <h4 className={classes.title}>
        <Icon size={16} stroke={1.8} />
        {title}
      </h4>
      {isMissing && (
        <Badge color="red" variant="filled" size="sm" tt="none">
          {t("node.missing")}
        </Badge>
      )}
      {text && (
        <Text size="xs" c="dimmed">
          {text}
        </Text>
      )}
      {children}
    </Paper>
  );
}

function Arrow({ area, isFlowing, isDown = false }: { area: string; isFlowing: boolean; isDown?: boolean }) {
  return (
    <svg
      className={classes.arrow}
      style={placed(area)}
      data-down={isDown || undefined}
      data-flowing={isFlowing || undefined}
      viewBox="0 0 28 12"
      aria-hidden="true"
    >
      <path className={classes.shaft} d="M1 6H22" />
      <path d="M20 2L26 6L20 10" />
    </svg>
  );
}

function Worker({ process, text, tone }: { process: ProcessReport; text?: string; tone?: number }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  return (
    <Tooltip
      label={t("node.since", { host: process.host, time: format.instant(process.started_at_ms) })}
      multiline
      maw={280}
    >
      <div className={classes.worker}>
        <span className={classes.name}>
          {tone !== undefined && <span className={classes.dot} data-tone={tone} aria-hidden="true" />}
          {process.pid}
          {!process.ready && ` · ${t("node.starting")}`}
        </span>
        <span>{text}</span>
      </div>
    </Tooltip>
  );
}

function Partitions({ status, evaluators }: { status: Status; evaluators: readonly ProcessReport[] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const most = Math.max(100, ...status.partitions.map((one) => one.lag ?? 0));
  return (
    <table className={classes.partitions} data-testid="partitions">
      <thead>
        <tr>
          <th scope="col">{t("partition.number")}</th>
          <th scope="col">{t("partition.lag")}</th>
          <th scope="col">{t("partition.owner")}</th>
        </tr>
      </thead>
      <tbody>
        {status.partitions.map((one) => {
          const owner = evaluators.find((process) => one.owner?.startsWith(`${process.host}-${process.pid}-`));
          return (
            <tr key={one.partition} data-owned={one.owner ? "yes" : "no"}>
              <th scope="row">{one.partition}</th>
              <td>
                <span className={classes.lag}>
                  <span>{format.number(one.lag ?? 0)}</span>
                  <meter min={0} max={most} value={one.lag ?? 0} aria-hidden="true" />
                </span>
              </td>
              <td title={one.owner ?? undefined}>
                {owner && <span className={classes.dot} data-tone={toneOf(evaluators, owner)} aria-hidden="true" />}
                {owner ? owner.pid : (one.owner ?? <strong>{t("partition.nobody")}</strong>)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A number for its colour: the same beside the process and its partitions. */
function toneOf(evaluators: readonly ProcessReport[], process: ProcessReport): number {
  return evaluators.indexOf(process) % 6;
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
