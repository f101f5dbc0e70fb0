using System.Net;

namespace GifShare.Fixtures.Clients;

/// <summary>Who likes what.</summary>
public sealed class Likes
{
    private readonly Lock gate = new();
    private readonly List<string> offered = [];
    private readonly HashSet<(string Who, string Collection)> given = [];

    public void Offer(string collection)
    {
        lock (gate)
            offered.Add(collection);
    }

    public string? Pick(Random random)
    {
        lock (gate)
            return offered.Count == 0 ? null : offered[random.Next(offered.Count)];
    }

    public void Add(string who, string collection)
    {
        lock (gate)
            given.Add((who, collection));
    }

    /// <summary>Every acknowledged like counts once.</summary>
    public async Task VerifyAsync(ApiClient client)
    {
        foreach (var collection in given.GroupBy(g => g.Collection))
        {
            var answer = await client.GetAsync($"/v1/collections/{collection.Key}");
            if (answer.Status != HttpStatusCode.NotFound)
                Assert.Equal(collection.Count(), (int)answer.Is(HttpStatusCode.OK)["likeCount"]!);
        }
    }
}
