/** One part of the report; its title stays with it on paper. */

import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./MonthReport.module.css";

export function Part({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={4} size="h5" className={classes.title}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="xs" className={classes.title}>
        {text}
      </Text>
      {children}
    </section>
  );
}
