using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Gifs;

namespace GifShare.Grains.Collections;

/// <summary>A queued add. Adds at the end are written in groups.</summary>
public sealed class Append(UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket)
{
    private readonly TaskCompletionSource<Result<CreatedOrExisting<Versioned<CollectionItem>>>> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public UserId Caller => caller;
    public AddItem Command => command;
    public string? IfMatch => ifMatch;
    public IdempotencyTicket? Ticket => ticket;

    /// <summary>
    /// The write needs no prior look-up of the gif: there is no idempotency key, If-Match or link. The statement itself checks that the gif is
    /// the collection owner's.
    /// </summary>
    public bool IsPlain => !HasAnchor && ticket is null && ifMatch is null && command.Via is null;

    /// <summary>The add goes before or after another item, and therefore into a transaction of its own.</summary>
    public bool HasAnchor => command.Before is not null || command.After is not null;

    public Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> Done => done.Task;
    public void Answer(Result<CreatedOrExisting<Versioned<CollectionItem>>> answer) => done.TrySetResult(answer);
    public void Fail(Exception e) => done.TrySetException(e);
}

/// <summary>
/// Writes queued adds at the end of a collection in one statement, shared with other collections. Plain adds take one round trip: the statement
/// adds gifs of the collection's owner only. Other adds look up their gifs first, so that each is checked against the committed state and the adds
/// before it, and its version is known. (Looking up for all adds would be simpler, and 25 % slower: docs/status.md.)
/// </summary>
public sealed class AppendEditor(CollectionStore store, ItemEditor items, ItemWriter writer, CardReader reader, Idempotency idempotency)
{
    /// <summary>Writes gifs of the collection's owner, then looks up the rest. Answers each of <paramref name="appends"/>, or throws.</summary>
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

    /// <summary>Answers each of <paramref name="appends"/>, or throws before answering any.</summary>
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
            // Refusals count only at the current revision; a statement that wrote has already compared it.
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

    /// <summary>Null when there is no key, and all keys must be rewritten first.</summary>
    private static string? KeyAfter(CollectionMemory memory, AppendGroup group) =>
        OrderKeys.Between(group.Items.Count > 0 ? group.Items[^1].Position : memory.Items.Highest, null);

    /// <summary>Cards of the gifs that these adds may use: own gifs by id, others by a visibility query per share link.</summary>
    private async Task<Dictionary<(GifId, ViaLink?), GifCard>> LoadCards(CollectionMemory memory, IReadOnlyList<Append> appends)
    {
        Dictionary<(GifId, ViaLink?), GifCard> cards = [];
        if (memory.Head?.Owner is not { } collector)
            return cards;
        var asked = appends.Where(append => append.Caller == collector && !memory.Items.Has(append.Command.GifId)).Select(append => (append.Command.GifId, append.Command.Via)).ToHashSet();
        if (asked.Count == 0)
            return cards;
        // The shared result also has gifs that other grains asked for.
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
