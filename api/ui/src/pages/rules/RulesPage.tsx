/** Rules: the table at `/rules`, the form at `/rules/new` and `/rules/:id`. */

import { Route, Switch } from "wouter";
import { RuleEditor } from "./RuleEditor";
import { RuleList } from "./RuleList";

export function RulesPage() {
  return (
    <Switch>
      <Route path="/rules/new">
        <RuleEditor key="new" id={null} />
      </Route>
      <Route path="/rules/:id">{({ id }) => <RuleEditor key={id} id={decodeURIComponent(id)} />}</Route>
      <Route>
        <RuleList />
      </Route>
    </Switch>
  );
}
