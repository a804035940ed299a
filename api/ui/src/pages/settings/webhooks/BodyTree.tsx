/** A sample body as a tree: each value is a button that gives its place. */

import { Code, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./BodyTree.module.css";
import { type Place, pathTo } from "./bodyPath";

const MOST_SHOWN = 50;
const MOST_CHARS = 80;
const DEEPEST = 12;

interface Props {
  value: unknown;
  place?: Place;
  onPick: (place: Place) => void;
}

export function BodyTree({ value, place = [], onPick }: Props) {
  const { t } = useTranslation("webhooks");
  const entries = entriesOf(value);
  const last = place.at(-1);
  const name = last === undefined ? "" : typeof last === "number" ? `${last + 1}. ` : `${last}: `;
  const shown = entries
    ? Array.isArray(value)
      ? t("list", { count: value.length })
      : t("object")
    : JSON.stringify(value).slice(0, MOST_CHARS);
  return (
    <>
      <UnstyledButton
        className={classes.value}
        data-path={pathTo(place)}
        title={pathTo(place)}
        onClick={() => onPick(place)}
      >
        {name}
        <Code>{shown}</Code>
      </UnstyledButton>
      {entries && place.length < DEEPEST && (
        <ul className={classes.inner}>
          {entries.slice(0, MOST_SHOWN).map(([step, inner]) => (
            <li key={step}>
              <BodyTree value={inner} place={[...place, step]} onPick={onPick} />
            </li>
          ))}
          {entries.length > MOST_SHOWN && (
            <Text component="li" size="sm" c="dimmed">
              {t("more", { count: entries.length - MOST_SHOWN })}
            </Text>
          )}
        </ul>
      )}
    </>
  );
}

function entriesOf(value: unknown): [string | number, unknown][] | null {
  if (Array.isArray(value)) return value.map((inner, number) => [number, inner]);
  return typeof value === "object" && value !== null ? Object.entries(value) : null;
}
