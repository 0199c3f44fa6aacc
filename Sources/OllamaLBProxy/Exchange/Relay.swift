import Reactor

/// A streaming call that is under way.
@ReactorActor
protocol Relay: AnyObject {
    /// Ends at once: the drain limit is over.
    func abandon()
}
