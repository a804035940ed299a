/** One figure with its label, and optionally a hint and a sparkline. */

import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Tile.module.css";

interface Props {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
  /** Beside the figure, e.g. a sparkline. */
  children?: ReactNode;
}

export function Tile({ label, value, hint, children }: Props) {
  return (
    <Paper withBorder p="sm" className={classes.tile}>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <dd className={classes.value}>
        <span className={classes.figure}>{value}</span>
        {children}
        {hint && (
          <Text span size="xs" c="dimmed" display="block">
            {hint}
          </Text>
        )}
      </dd>
    </Paper>
  );
}

/** Tiles in a row that wraps; screen readers announce a list of names and values. */
export function Tiles({ children, label }: { children: ReactNode; label: string }) {
  return (
    <dl className={classes.tiles} aria-label={label}>
      {children}
    </dl>
  );
}
