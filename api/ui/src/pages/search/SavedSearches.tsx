/** Searches that were saved: open one, save the present one, and delete the one that is open. */

import { Button, Group, Select, Switch, TextInput } from "@mantine/core";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/context";
import {
  type SavedSearch,
  type SavedSearchBody,
  useDeleteSearch,
  useSavedSearches,
  useSaveSearch,
} from "../../api/saved";
import { useWho } from "../../format/useWho";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { FormDialog } from "../../parts/FormDialog";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { useProblemText } from "../../parts/useProblemText";
import { type SearchQuery, savedQuery, searchOf } from "./query";

interface Props {
  query: SearchQuery;
  onSearch: (query: SearchQuery) => void;
}

export function SavedSearches({ query, onSearch }: Props) {
  const { t } = useTranslation("search");
  const who = useWho();
  const saved = useSavedSearches().data ?? [];
  const address = searchOf(query).toString();
  const [chosenId, setChosen] = useState("");
  // Several may have the same filters: the one that was chosen, else one's own.
  const fitting = saved.filter((one) => searchOf(savedQuery(one.query)).toString() === address);
  const open = fitting.find((one) => one.id === chosenId) ?? fitting.find((one) => one.is_mine) ?? fitting[0];
  const [isSaving, setSaving] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  // Names may be the same; of what others share, their name tells them apart.
  const named = (some: readonly SavedSearch[]) =>
    some.map((one) => ({
      value: one.id,
      label: one.is_mine ? one.name : `${one.name} · ${who(one.by, one.by_principal)}`,
    }));
  const groups = [
    { group: t("ownSearches"), items: named(saved.filter((one) => !one.is_shared)) },
    { group: t("sharedSearches"), items: named(saved.filter((one) => one.is_shared)) },
  ].filter(({ items }) => items.length > 0);
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label={t("savedSearches")}
        placeholder={saved.length ? t("openSaved") : t("noneSaved")}
        data={groups}
        value={open?.id ?? null}
        onChange={(id) => {
          const chosen = saved.find((one) => one.id === id);
          if (!chosen) return;
          setChosen(chosen.id);
          onSearch(savedQuery(chosen.query));
        }}
        searchable
        disabled={!saved.length}
        style={{ flex: "0 1 320px" }}
      />
      <Button
        variant="default"
        leftSection={<IconBookmark size={16} />}
        disabled={!address}
        onClick={() => setSaving(true)}
      >
        {t("saveSearch")}
      </Button>
      {open?.may_change && (
        <Button variant="subtle" color="red" leftSection={<IconTrash size={16} />} onClick={() => setDeleting(true)}>
          {t("action.delete", { ns: "common" })}
        </Button>
      )}
      {isSaving && <SaveDialog query={query} onClose={() => setSaving(false)} />}
      {open && <DeleteDialog search={open} opened={isDeleting} onClose={() => setDeleting(false)} />}
    </Group>
  );
}

function SaveDialog({ query, onClose }: { query: SearchQuery; onClose: () => void }) {
  const { t } = useTranslation("search");
  const mayShare = useMay("operator");
  const save = useSaveSearch();
  const wrong = useProblemText().fields(save.error);
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const submit = () =>
    save.mutate(
      { name: name.trim(), query: query as SavedSearchBody["query"], is_shared: isShared },
      {
        onSuccess: () => {
          notifyDone(t("searchSaved"));
          onClose();
        },
      },
    );
  return (
    <FormDialog
      title={t("saveSearch")}
      action={t("action.save", { ns: "common" })}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t("searchName")}
        maxLength={64}
        required
        data-autofocus
        value={name}
        error={wrong.name ?? Object.values(wrong)[0]}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {mayShare && (
        <Switch
          label={t("shareSearch")}
          checked={isShared}
          onChange={(event) => setShared(event.currentTarget.checked)}
        />
      )}
    </FormDialog>
  );
}

interface Deleting {
  search: SavedSearch;
  opened: boolean;
  onClose: () => void;
}

function DeleteDialog({ search, opened, onClose }: Deleting) {
  const { t } = useTranslation("search");
  const remove = useDeleteSearch();
  const onError = useNotifyFailed();
  return (
    <ConfirmDialog
      opened={opened}
      title={t("deleteSearch")}
      action={t("action.delete", { ns: "common" })}
      isDanger
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(search.id, { onError, onSettled: onClose })}
      onClose={onClose}
    >
      {t(search.is_shared ? "deleteShared" : "deleteOwn", { name: search.name })}
    </ConfirmDialog>
  );
}
