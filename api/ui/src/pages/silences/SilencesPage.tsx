/** Silences: the lists at `/silences`, the form at `/silences/new` and `/silences/:id`. */

import { Route, Switch } from "wouter";
import { SilenceEditor } from "./SilenceEditor";
import { SilenceList } from "./SilenceList";

export function SilencesPage() {
  return (
    <Switch>
      <Route path="/silences/new">
        <SilenceEditor key="new" id={null} />
      </Route>
      <Route path="/silences/:id">{({ id }) => <SilenceEditor key={id} id={decodeURIComponent(id)} />}</Route>
      <Route>
        <SilenceList />
      </Route>
    </Switch>
  );
}
