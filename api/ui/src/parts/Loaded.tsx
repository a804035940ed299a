/** The three answers of a query: not yet, not possible, here it is. What was here stays while it is read anew. */

import { Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { FailedState } from "./FailedState";

interface Props<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}

export function Loaded<T>({ query, children }: Props<T>) {
  const { t } = useTranslation();
  return (
    <>
      {query.isError && <FailedState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined ? (
        children(query.data)
      ) : query.isPending ? (
        <Stack role="status" aria-label={t("state.loading")}>
          <Skeleton h={72} />
          <Skeleton h={72} />
          <Skeleton h={72} />
        </Stack>
      ) : null}
    </>
  );
}
