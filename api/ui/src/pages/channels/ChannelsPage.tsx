/** Channels: cards at `/channels`, the form of one at `/channels/:name`. */

import { Route, Switch } from "wouter";
import { ChannelCards } from "./ChannelCards";
import { ChannelEditor } from "./ChannelEditor";

export function ChannelsPage() {
  return (
    <Switch>
      <Route path="/channels/:name">{({ name }) => <ChannelEditor key={name} name={decodeURIComponent(name)} />}</Route>
      <Route>
        <ChannelCards />
      </Route>
    </Switch>
  );
}
