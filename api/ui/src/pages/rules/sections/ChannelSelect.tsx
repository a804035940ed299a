/** A choice of channels, those that are configured first. */

import { MultiSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useChannels } from "../../../api/channels";

interface ChannelSelectProps {
  label: string;
  description?: string;
  name?: string;
  disabled: boolean;
  value: string[];
  onChange: (value: string[]) => void;
  error: string | undefined;
}

export function ChannelSelect({ value, ...rest }: ChannelSelectProps) {
  const { t } = useTranslation("rules");
  const answer = useChannels().data;
  const channels = answer ?? {};
  const names = [...new Set([...Object.keys(channels), ...value])];
  const { description, name, ...others } = rest;
  return (
    <MultiSelect
      {...others}
      {...(description ? { description } : {})}
      {...(name ? { name } : {})}
      searchable
      hidePickedOptions
      value={value}
      data={names
        .sort(
          (a, b) =>
            Number(channels[b]?.configured ?? false) - Number(channels[a]?.configured ?? false) || a.localeCompare(b),
        )
        .map((one) => ({
          value: one,
          // Before the answer is there, none is known to be missing.
          label: !answer || channels[one]?.configured ? one : t("notConfigured", { name: one }),
        }))}
    />
  );
}
