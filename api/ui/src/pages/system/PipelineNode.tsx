/** One stage of the pipeline, and the arrow to the next. */

import { Badge, Paper, Text, Tooltip } from "@mantine/core";
import type { ComponentType, CSSProperties, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ProcessReport } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import classes from "./Pipeline.module.css";

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

export function Node({ area, icon: Icon, title, text, isMissing = false, isBelow = false, children }: NodeProps) {
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

export function Arrow({ area, isFlowing, isDown = false }: { area: string; isFlowing: boolean; isDown?: boolean }) {
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

export function Worker({ process, text, tone }: { process: ProcessReport; text?: string; tone?: number }) {
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
