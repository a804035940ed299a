/** The tree of routes as a form: changed here, tried below, and saved as a whole. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/context";
import { asProblem } from "../../api/problem";
import { type RoutesVersion, type Tree, useRouteChanges } from "../../api/routing";
import { ConflictDialog } from "../../parts/ConflictDialog";
import { FailedState } from "../../parts/FailedState";
import { notifyDone } from "../../parts/notify";
import { useProblemText } from "../../parts/useProblemText";
import { Section } from "../settings/Section";
import { type Change, differing, isSame, placeOf, reduce, routeAt, samePlace } from "./draft";
import { Intervals } from "./Intervals";
import { RouteItem } from "./RouteItem";
import classes from "./Routes.module.css";
import { Tester } from "./Tester";
import { useTitle } from "./useTitle";

interface Props {
  /** The version that is edited. */
  begun: RoutesVersion;
  initial: Tree;
  /** The version in force, which another person may have saved meanwhile. */
  inForce: RoutesVersion;
  onBegin: (version: RoutesVersion) => void;
}

export function Editor({ begun, initial, inForce, onBegin }: Props) {
  const { t } = useTranslation("routes");
  const problemText = useProblemText();
  const mayChange = useMay("admin");
  const { save } = useRouteChanges();
  const [draft, apply] = useReducer(reduce, { tree: initial, open: begun.tree ? null : [] });
  const [isConflict, setConflict] = useState(false);
  const titleOf = useTitle();
  const change = (next: Change) => {
    // What was refused is named by its place, where another route may stand now.
    if (next.type === "move" || next.type === "remove" || next.type === "begin") save.reset();
    apply(next);
  };
  const isChanged = !isSame(draft.tree, begun.tree);
  const isOutdated = inForce.version > begun.version && !save.isPending;
  const errors = save.error ? problemText.fields(save.error) : {};

  // Nothing is lost by taking up what another person saved, as long as nothing was edited.
  useEffect(() => {
    if (isOutdated && isSame(draft.tree, initial)) onBegin(inForce);
  }, [isOutdated, draft.tree, initial, inForce, onBegin]);

  const put = (version: number) =>
    save.mutate(
      { tree: draft.tree, version },
      {
        onSuccess: (saved) => {
          notifyDone(t("saved", { version: saved.version }));
          onBegin(saved);
        },
        onError: (error) => {
          if (asProblem(error).status === 412) setConflict(true);
          const refused = asProblem(error)
            .errors.map((one) => placeOf(one.field))
            .find((place) => place !== null);
          if (refused) change({ type: "open", at: refused });
        },
      },
    );
  const theirs = differing(begun.tree, inForce.tree).map((text) => {
    const place = placeOf(text) ?? [];
    const route = (inForce.tree && routeAt(inForce.tree, place)) ?? (begun.tree && routeAt(begun.tree, place));
    return route ? titleOf(route, place) : text;
  });
  const isRefused = save.isError && asProblem(save.error).status !== 412;

  return (
    <>
      <Section title={t("tree")} text={t("treeHint")}>
        <Stack>
          {isOutdated && isChanged && (
            <Alert color="yellow" variant="light" role="status" title={t("outdated", { version: inForce.version })}>
              <Group>
                <Text size="sm">{t("outdatedHint")}</Text>
                <Button size="xs" variant="default" onClick={() => onBegin(inForce)}>
                  {t("takeTheirs")}
                </Button>
              </Group>
            </Alert>
          )}
          <ul className={classes.tree} data-testid="routes-tree">
            <RouteItem
              at={[]}
              route={draft.tree.route}
              draft={draft}
              change={change}
              errors={errors}
              // What is typed while it is saved would be lost: afterwards, the editor begins with what was sent.
              disabled={!mayChange || save.isPending}
            />
          </ul>
          {isRefused && <FailedState error={save.error} />}
          {mayChange && (
            <Group justify="flex-end">
              <Button variant="default" disabled={!isChanged} onClick={() => change({ type: "begin", tree: initial })}>
                {t("discard")}
              </Button>
              <Button disabled={!isChanged} loading={save.isPending} onClick={() => put(begun.version)}>
                {t("save")}
              </Button>
            </Group>
          )}
        </Stack>
      </Section>
      <Intervals
        intervals={draft.tree.time_intervals ?? {}}
        errors={errors}
        disabled={!mayChange || save.isPending}
        onChange={(name, parts) => change({ type: "interval", name, parts })}
      />
      <Tester
        draft={isChanged ? draft.tree : null}
        onShow={(place) => {
          const at = placeOf(place);
          if (at && !(draft.open && samePlace(at, draft.open))) change({ type: "open", at });
        }}
      />
      <ConflictDialog
        opened={isConflict}
        changed={theirs}
        isBusy={save.isPending}
        onReload={() => {
          setConflict(false);
          onBegin(inForce);
        }}
        onOverwrite={() => {
          setConflict(false);
          put(inForce.version);
        }}
        onClose={() => setConflict(false)}
      />
    </>
  );
}
