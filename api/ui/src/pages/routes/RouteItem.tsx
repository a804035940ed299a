/** A route in the tree, with its form if that is open, and the routes below it. */

import { ActionIcon, Badge, Button, Group, Menu, Text } from "@mantine/core";
import { IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { type Dispatch, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Route } from "../../api/routing";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { type Change, countBelow, type Draft, type Place, placeOf, samePlace, targetOf, textOf } from "./draft";
import { RouteFields } from "./RouteFields";
import classes from "./Routes.module.css";
import { useTitle } from "./useTitle";

const WAYS = ["up", "down", "in", "out"] as const;

export interface RouteProps {
  at: Place;
  route: Route;
  draft: Draft;
  change: Dispatch<Change>;
  /** Field path → what is wrong. */
  errors: Record<string, string>;
  disabled: boolean;
}

export function RouteItem(props: RouteProps) {
  const { at, route, draft, change, errors, disabled } = props;
  const { t } = useTranslation("routes");
  const titleOf = useTitle();
  const [isRemoving, setRemoving] = useState(false);
  const isOpen = draft.open !== null && samePlace(draft.open, at);
  const isRefused = Object.keys(errors).some((field) => {
    const place = placeOf(field);
    return place !== null && samePlace(place, at);
  });
  const title = titleOf(route, at);
  const below = countBelow(route);
  const remove = () => change({ type: "remove", at });
  return (
    <li data-place={textOf(at)}>
      <div className={classes.row}>
        <div className={classes.said}>
          <Group gap="xs">
            <Text fw={600} className={classes.title}>
              {title}
            </Text>
            {route.continue && <Badge variant="default">{t("continues")}</Badge>}
            {[...(route.mute_times ?? []), ...(route.active_times ?? [])].length > 0 && (
              <Badge variant="default">{t("hasTimes")}</Badge>
            )}
            {isRefused && <Badge color="red">{t("refusedHere")}</Badge>}
          </Group>
          {route.name && (route.matchers?.length ?? 0) > 0 && (
            <Text size="sm" className={classes.title}>
              {route.matchers?.join(", ")}
            </Text>
          )}
          <Text size="sm" c="dimmed">
            {route.channels?.length
              ? t("to", { channels: route.channels.join(", ") })
              : at.length
                ? t("toAbove")
                : t("toNobody")}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <Button
            size="xs"
            variant={isOpen ? "filled" : "default"}
            leftSection={<IconPencil size={14} />}
            aria-expanded={isOpen}
            aria-label={disabled ? t("showLabel", { title }) : t("editLabel", { title })}
            onClick={() => change({ type: "open", at: isOpen ? null : at })}
          >
            {disabled ? t("show") : t("action.edit")}
          </Button>
          {!disabled && (
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="default" size={30} aria-label={t("moreLabel", { title })}>
                  <IconDots size={16} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPlus size={14} />} onClick={() => change({ type: "add", at })}>
                  {t("addBelow")}
                </Menu.Item>
                {at.length > 0 && (
                  <>
                    {WAYS.map((way) => (
                      <Menu.Item
                        key={way}
                        disabled={!targetOf(draft.tree, at, way)}
                        onClick={() => change({ type: "move", at, way })}
                      >
                        {t(`move.${way}`)}
                      </Menu.Item>
                    ))}
                    <Menu.Item
                      color="red"
                      leftSection={<IconTrash size={14} />}
                      onClick={() => (below ? setRemoving(true) : remove())}
                    >
                      {t("remove")}
                    </Menu.Item>
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </div>
      {isOpen && <RouteFields {...props} />}
      {(route.routes?.length ?? 0) > 0 && (
        <ul className={classes.tree}>
          {route.routes?.map((child, number) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: routes are known by their place.
            <RouteItem {...props} key={number} at={[...at, number]} route={child} />
          ))}
        </ul>
      )}
      <ConfirmDialog
        opened={isRemoving}
        title={t("removeTitle", { title })}
        action={t("remove")}
        isDanger
        onConfirm={() => {
          setRemoving(false);
          remove();
        }}
        onClose={() => setRemoving(false)}
      >
        {t("removeText", { count: below })}
      </ConfirmDialog>
    </li>
  );
}
