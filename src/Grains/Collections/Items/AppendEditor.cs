using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Gifs;

namespace GifShare.Grains.Collections;

/// <summary>An add at the end that waits for its turn with others.</summary>
public sealed class Append(UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket)
{
    private readonly TaskCompletionSource<Result<CreatedOrExisting<Versioned<CollectionItem>>>> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public UserId Caller => caller;
    public AddItem Command => command;
    public string? IfMatch => ifMatch;
    public IdempotencyTicket? Ticket => ticket;

    /// <summary>
    /// Nothing has to be known of the gif before it is written: no answer is stored with it, no version is asked for, no link was brought. Its
    /// statement finds out whether the gif is the collector's own.
    /// </summary>
    public bool IsPlain => !HasAnchor && ticket is null && ifMatch is null && command.Via is null;

    /// <summary>It goes before or after another item, and so into a transaction of its own.</summary>
    public bool HasAnchor => command.Before is not null || command.After is not null;

    public Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> Done => done.Task;
    public void Answer(Result<CreatedOrExisting<Versioned<CollectionItem>>> answer) => done.TrySetResult(answer);
    public void Fail(Exception e) => done.TrySetException(e);
}

/// <summary>
/// Adds at the end of a collection that were waiting, in one statement with those of other collections. Plain ones are one round trip: their
/// statement takes what is the collector's own. All others are looked up first, so that each is judged against the committed state and the adds
/// before it, and knows the version it makes. (Looking up always would be simpler, and cost a quarter of the adds: docs/status.md.)
/// </summary>
public sealed class AppendEditor(CollectionStore store, ItemEditor items, ItemWriter writer, CardReader reader, Idempotency idempotency)
{
    /// <summary>Writes what is the collector's own, and looks up the others. Answers every one of <paramref name="appends"/>, or throws.</summary>
    public async Task WritePlain(CollectionMemory memory, IReadOnlyList<Append> appends, DateTimeOffset now)
    {
        var group = NewGroup(memory, now);
        Dictionary<GifId, Append> writing = [];
        List<Append> others = [];
        foreach (var append in appends)
        {
            var gif = append.Command.GifId;
            if (memory.RefuseEdit(append.Caller) is not null || memory.Items.Has(gif) || writing.ContainsKey(gif)
                || memory.Items.Count + group.Items.Count >= CollectionLimits.Items || KeyAfter(memory, group) is not { } key)
            {
                others.Add(append);
                continue;
            }

            group.Items.Add(new(gif, key, append.Command.Note, IfOwn: true));
            writing.Add(gif, append);
        }

        if (group.Items.Count > 0)
            await writer.Write(group);
        if (group.Written.Count > 0)
            memory.Appended(group);
        var version = group.OnVersion;
        foreach (var item in group.Items)
            if (group.Written.TryGetValue(item.Gif, out var written))
                writing[item.Gif].Answer(items.Created(memory, ++version, written.Card, item.Note, now));
            else
                others.Add(writing[item.Gif]);
        if (others.Count > 0)
            await Write(memory, others, now);
    }

    /// <summary>Answers every one of <paramref name="appends"/>, or throws and has answered none.</summary>
    public async Task Write(CollectionMemory memory, IReadOnlyList<Append> appends, DateTimeOffset now)
    {
        var cards = await LoadCards(memory, appends);
        var group = NewGroup(memory, now);
        List<(Append Append, Result<CreatedOrExisting<Versioned<CollectionItem>>> Answer)> answers = [];
        Dictionary<GifId, CreatedOrExisting<Versioned<CollectionItem>>> added = [];
        List<Append> withoutKey = [];
        foreach (var append in appends)
            if (await Judge(append) is { } answer)
                answers.Add((append, answer));

        if (group.Items.Count > 0)
        {
            await writer.Write(group);
            if (group.Written.Count < group.Items.Count)
                throw new StoreUnavailableException(new OvertakenException());
            memory.Appended(group);
        }
        else if (answers.Exists(static answer => answer.Answer.Error is not null))
        {
            // A statement that has written has compared the revision.
            await store.Confirm(memory.Id, memory.Head is null ? null : memory.Revision);
        }

        foreach (var (append, answer) in answers)
            append.Answer(answer);
        foreach (var append in withoutKey)
            append.Answer(await items.Add(memory, append.Caller, append.Command, append.IfMatch, append.Ticket));

        async Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>?> Judge(Append append)
        {
            var gif = append.Command.GifId;
            var version = group.OnVersion + group.Items.Count;
            if (memory.RefuseEdit(append.Caller) is { } refused)
                return refused;
            if (added.TryGetValue(gif, out var before))
                return ETags.IfMatch(append.IfMatch, version) ? Remember(append, before with { IsNew = false }) : Error.VersionMismatch;
            if (memory.Items.Has(gif))
                return ETags.IfMatch(append.IfMatch, version) ? await items.AnswerExisting(memory, gif, append.Ticket) : Error.VersionMismatch;
            if (!cards.TryGetValue((gif, append.Command.Via), out var card))
                return ItemEditor.UnknownGif;
            if (!ETags.IfMatch(append.IfMatch, version))
                return Error.VersionMismatch;
            if (memory.Items.Count + group.Items.Count >= CollectionLimits.Items)
                return ItemEditor.Full;
            if (withoutKey.Count > 0 || KeyAfter(memory, group) is not { } key)
            {
                withoutKey.Add(append);
                return null;
            }

            group.Items.Add(new(gif, key, append.Command.Note));
            var created = items.Created(memory, version + 1, card, append.Command.Note, now);
            added.Add(gif, created);
            return Remember(append, created);
        }

        CreatedOrExisting<Versioned<CollectionItem>> Remember(Append append, CreatedOrExisting<Versioned<CollectionItem>> answer)
        {
            if (append.Ticket is { } ticket)
                group.Answers.Add((ticket, idempotency.SealAnswer(ticket, (Result<CreatedOrExisting<Versioned<CollectionItem>>>)answer, ItemEditor.CreatedItem)));
            return answer;
        }
    }

    private static AppendGroup NewGroup(CollectionMemory memory, DateTimeOffset now) =>
        new() { Collection = memory.Id, OnVersion = memory.Head?.Version ?? 0, OnRevision = memory.Revision, At = now };

    /// <summary>Null: there is none, and all keys have to be written anew first.</summary>
    private static string? KeyAfter(CollectionMemory memory, AppendGroup group) =>
        OrderKeys.Between(group.Items.Count > 0 ? group.Items[^1].Position : memory.Items.Highest, null);

    /// <summary>The gifs that these may add. One's own need no more than their cards; others are asked for, together per link that somebody brought.</summary>
    private async Task<Dictionary<(GifId, ViaLink?), GifCard>> LoadCards(CollectionMemory memory, IReadOnlyList<Append> appends)
    {
        Dictionary<(GifId, ViaLink?), GifCard> cards = [];
        if (memory.Head?.Owner is not { } collector)
            return cards;
        var asked = appends.Where(append => append.Caller == collector && !memory.Items.Has(append.Command.GifId)).Select(append => (append.Command.GifId, append.Command.Via)).ToHashSet();
        if (asked.Count == 0)
            return cards;
        // With them come those of others who asked at the same time.
        var known = await reader.Load([.. asked.Select(pair => pair.GifId)]);
        foreach (var pair in asked)
            if (known.TryGetValue(pair.GifId, out var card) && card.OwnerId == collector)
                cards.Add(pair, card);
        foreach (var byLink in asked.Where(pair => !cards.ContainsKey(pair)).GroupBy(pair => pair.Via))
            foreach (var (gif, card) in await items.LoadVisible([.. byLink.Select(pair => pair.GifId)], collector, byLink.Key))
                cards[(gif, byLink.Key)] = card;
        return cards;
    }
}
