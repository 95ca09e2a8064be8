/// The rules for the table that `ScrubBench generate` makes: seven of the kinds that shops need.
package enum PeoplePolicy {
    package static let text = """
        apiVersion: belay/v1
        kind: ScrubPolicy
        metadata: {name: bench}
        spec:
          datasets:
            - name: people
              tables:
                people:
                  id: keep
                  first_name: given-name
                  last_name: family-name
                  email: email
                  phone: phone
                  card: card
                  born: {transform: date-shift, by: id}
                  address: ip
                  notes: keep
                  updated: keep

        """
}
