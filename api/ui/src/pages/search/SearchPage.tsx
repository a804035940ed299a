/** Search of all alerts that the archive keeps, at `/search`; all that is asked for is in the address. */

import { Button, Group, Alert as Notice, Stack, Text } from "@mantine/core";
import { IconDownload, IconInfoCircle, IconSearch } from "@tabler/icons-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { type SearchPage as Page, useFileAddress, useSearch } from "../../api/search";
import { useReasonText } from "../../format/useReasonText";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { Hits } from "./Hits";
import { queryOf, type SearchQuery, searchOf } from "./query";
import { SavedSearches } from "./SavedSearches";
import { SearchForm } from "./SearchForm";

export function SearchPage() {
  const { t } = useTranslation("search");
  const [search, setSearch] = useSearchParams();
  const address = search.toString();
  const query = useMemo(() => queryOf(new URLSearchParams(address)), [address]);
  const found = useSearch(query);
  const file = useFileAddress(query);
  const ask = useCallback((next: SearchQuery) => setSearch(searchOf(next)), [setSearch]);
  return (
    <>
      <PageHeader
        title={t("title")}
        text={t("text")}
        actions={
          <Button component="a" href={file} download variant="default" leftSection={<IconDownload size={16} />}>
            {t("csv")}
          </Button>
        }
      />
      <Stack gap="md">
        <SavedSearches query={query} onSearch={ask} />
        <SearchForm query={query} isSearching={found.isFetching} onSearch={ask} />
        <Loaded query={found}>
          {({ pages }) => (
            <Stack gap="sm" opacity={found.isPlaceholderData || found.isError ? 0.6 : 1}>
              <Missing page={pages[pages.length - 1]} />
              <Hits alerts={pages.flatMap((page) => page.alerts)} />
              {pages.every((page) => page.alerts.length === 0) && !found.hasNextPage && (
                <EmptyState icon={<IconSearch size={48} stroke={1.2} />} title={t("nothing")} text={t("nothingHint")} />
              )}
              {found.hasNextPage && (
                <Group justify="center">
                  <Button
                    variant="default"
                    loading={found.isFetchingNextPage}
                    onClick={() => void found.fetchNextPage()}
                  >
                    {t("older")}
                  </Button>
                </Group>
              )}
            </Stack>
          )}
        </Loaded>
      </Stack>
    </>
  );
}

/** Why alerts may be missing. */
function Missing({ page }: { page: Page | undefined }) {
  const reasonText = useReasonText();
  const incomplete = page?.incomplete;
  if (!incomplete) return null;
  const { reason, reason_code: code, reason_values: values } = incomplete;
  return (
    <Notice role="status" color="yellow" variant="light" icon={<IconInfoCircle />}>
      <Text size="sm">{reasonText({ code, values }, reason)}</Text>
    </Notice>
  );
}
