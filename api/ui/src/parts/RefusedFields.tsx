/** Why a file was refused: each field that is wrong, or the failure as a whole if it names none. */

import { Alert } from "@mantine/core";
import { asProblem } from "../api/problem";
import { FailedState } from "./FailedState";
import { useProblemText } from "./useProblemText";

export function RefusedFields({ error, title }: { error: unknown; title: string }) {
  const problemText = useProblemText();
  const { errors } = asProblem(error);
  if (!errors.length) {
    return <FailedState error={error} />;
  }
  return (
    <Alert color="red" variant="light" title={title} role="alert">
      <ul>
        {errors.map((one) => (
          <li key={one.field}>
            <b>{one.field}</b>: {problemText.field(one)}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
