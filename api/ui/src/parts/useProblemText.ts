/** What the server refused, in the reader's language. */

import { useMemo } from "react";
import { asProblem, type FieldError } from "../api/problem";
import { useReasonText } from "../format/useReasonText";

export function useProblemText() {
  const reasonText = useReasonText();
  return useMemo(() => {
    const field = (error: FieldError) => reasonText(error, error.message);
    return {
      /** The sentence about the whole. */
      detail: (error: unknown) => {
        const problem = asProblem(error);
        return reasonText(problem.reason, problem.detail);
      },
      /** The sentence about one field. */
      field,
      /** Field path → sentence, as form libraries want it. */
      fields: (error: unknown): Record<string, string> =>
        Object.fromEntries(asProblem(error).errors.map((one) => [one.field, field(one)])),
    };
  }, [reasonText]);
}
