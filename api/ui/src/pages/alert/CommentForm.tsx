/** A comment on an alert; it joins the timeline. */

import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useComment } from "../../api/alerts";
import { useMay } from "../../api/context";
import { useNotifyFailed } from "../../parts/notify";
import classes from "./Alert.module.css";

export function CommentForm({ id }: { id: string }) {
  const { t } = useTranslation("alert");
  const mayAct = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const comment = useComment(id);
  const [text, setText] = useState("");
  if (!mayAct) return null;
  return (
    <form
      className={classes.comment}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) comment.mutate(text.trim(), { onSuccess: () => setText(""), onError: notifyFailed });
      }}
    >
      <Textarea
        label={t("comment.label")}
        maxLength={2_000}
        autosize
        minRows={2}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" mt="xs" loading={comment.isPending} disabled={!text.trim()}>
        {t("comment.add")}
      </Button>
    </form>
  );
}
