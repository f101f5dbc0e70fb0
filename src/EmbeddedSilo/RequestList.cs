namespace GifShare.EmbeddedSilo;

/// <summary>A list that links the requests themselves: no allocation, and removal from the middle costs nothing.</summary>
struct RequestList
{
    Request? last;

    public Request? First { get; private set; }

    public int Count { get; private set; }

    public void Add(Request request)
    {
        (request.Previous, request.Next) = (last, null);
        if (last is null)
            First = request;
        else
            last.Next = request;
        last = request;
        Count++;
    }

    public void Remove(Request request)
    {
        if (request.Previous is null)
            First = request.Next;
        else
            request.Previous.Next = request.Next;
        if (request.Next is null)
            last = request.Previous;
        else
            request.Next.Previous = request.Previous;
        (request.Previous, request.Next) = (null, null);
        Count--;
    }
}
