/** Every plugin heard of: what it last said, when, and what is wrong with it. */

import { Button, Code, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlug, IconSearch } from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { usePlugins, useSeries } from "../../api/system";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { useShortcuts } from "../../shell/shortcuts";
import { answers } from "./coverage";
import { FamilyRow } from "./FamilyRow";
import { families } from "./families";
import { PluginCard, wantedOf } from "./PluginCard";
import { PluginDrawer } from "./PluginDrawer";
import classes from "./Plugins.module.css";
import { HOUR_MS } from "./plugin";

const STEP = 30;
/** Of so few results of a search, the plugins below a parent are shown at once. */
const OPENED_BY_SEARCH = 5;

export function PluginsPage() {
  const { t } = useTranslation("plugins");
  const plugins = usePlugins();
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState(search.get("q") ?? "");
  const [sought] = useDebouncedValue(text.trim(), 150);
  const [shown, show] = useState(STEP);
  const field = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", label: t("search"), run: () => field.current?.focus() }]);

  const found = useMemo(() => (plugins.data ?? []).filter((one) => answers(one, sought)), [plugins.data, sought]);
  const folded = useMemo(() => families(found, plugins.data ?? []), [found, plugins.data]);
  const visible = useMemo(() => folded.slice(0, shown), [folded, shown]);
  const alone = useMemo(
    () => visible.flatMap((family) => (family.children.length || !family.parent ? [] : [family.parent])),
    [visible],
  );
  const wanted = useMemo(() => wantedOf(alone), [alone]);
  const series = useSeries(wanted, HOUR_MS, 60);

  const openedId = search.get("plugin");
  const opened = plugins.data?.find((one) => one.plugin_id === openedId);
  const open = (id: string | null) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (id) after.set("plugin", id);
      else after.delete("plugin");
      return after;
    });

  return (
    <>
      <PageHeader
        title={t("title")}
        text={plugins.data && t("count", { count: plugins.data.length })}
        actions={
          <TextInput
            ref={field}
            type="search"
            w={280}
            leftSection={<IconSearch size={16} />}
            placeholder={t("search")}
            aria-label={t("search")}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              show(STEP);
            }}
          />
        }
      />
      <Loaded query={plugins}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon={<IconPlug size={48} stroke={1.2} />} title={t("empty")} text={t("emptyHint")}>
              <Code block>enhanced-alerts publish demo cpu_usage=42</Code>
            </EmptyState>
          ) : found.length === 0 ? (
            <EmptyState icon={<IconSearch size={48} stroke={1.2} />} title={t("notFound", { text: sought })}>
              <Button variant="default" onClick={() => setText("")}>
                {t("showAll")}
              </Button>
            </EmptyState>
          ) : (
            <Stack gap="sm">
              {series.isFailed && (
                <Text size="sm" c="red" role="alert">
                  {t("noSeries")}
                </Text>
              )}
              <ul className={classes.list} data-testid="plugins">
                {visible.map((family) =>
                  family.parent && !family.children.length ? (
                    <PluginCard
                      key={family.id}
                      plugin={family.parent}
                      series={series.found}
                      onOpen={() => open(family.id)}
                    />
                  ) : (
                    <FamilyRow
                      // A search begins with what it opens.
                      key={`${family.id} ${sought}`}
                      family={family}
                      isOpenAtFirst={sought !== "" && folded.length <= OPENED_BY_SEARCH}
                      onOpen={open}
                    />
                  ),
                )}
              </ul>
              {folded.length > shown && (
                <Button variant="default" onClick={() => show(shown + STEP)}>
                  {t("more", { count: folded.length - shown })}
                </Button>
              )}
            </Stack>
          )
        }
      </Loaded>
      <PluginDrawer
        id={openedId}
        plugin={opened}
        isParentKnown={plugins.data?.some((one) => one.plugin_id === opened?.parent_id) ?? false}
        isKnown={plugins.data !== undefined}
        onClose={() => open(null)}
      />
    </>
  );
}
